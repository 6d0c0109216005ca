package access

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"sangto/internal/desk"
	"sangto/internal/store"
)

// Approval is what a page needs to ask a member for their key.
type Approval struct {
	// KeyID is the public name of the key that will approve.
	KeyID string
	// Options are for the browser's navigator.credentials.get; empty if the
	// member has no passkey to approve with. The approval is then unsigned, and
	// the member must have proved within ReauthFor that it is them.
	Options json.RawMessage
}

// Assent is one key's assent to an exact revision.
type Assent struct {
	MemberID, KeyID, Revision string
	Signed                    bool
	// Assertion is what an outsider needs to check a signed assent: a Proof as
	// JSON. Empty if unsigned.
	Assertion []byte
}

// Proof is an assertion of W3C Web Authentication whose challenge is the
// revision's hash. Key is the COSE key (RFC 9052) that signed it. Bytes are
// base64url without padding.
type Proof struct {
	Key               protocol.URLEncodedBase64 `json:"key"`
	AuthenticatorData protocol.URLEncodedBase64 `json:"authenticator_data"`
	ClientData        protocol.URLEncodedBase64 `json:"client_data"`
	Signature         protocol.URLEncodedBase64 `json:"signature"`
}

// ErrProof is why a proof does not show what it should.
var ErrProof = errors.New("the proof does not hold")

// VerifyProof checks that proof is an assertion over revision, made with user
// verification by the key it names, for a desk at the given origin
// (scheme://host) and relying party. It needs no database and no secret:
// anybody can do it. That the key was the member's is in the record.
func VerifyProof(proof []byte, revision, origin, relyingParty string) error {
	var p Proof
	if len(proof) > responseMax {
		return ErrProof
	}
	if err := json.Unmarshal(proof, &p); err != nil {
		return errors.Join(ErrProof, err)
	}
	if len(p.Key) > keyMax {
		return errors.Join(ErrProof, errTooLarge)
	}
	challenge, err := hex.DecodeString(revision)
	if err != nil || len(challenge) != 32 {
		return errors.Join(ErrProof, errRevision)
	}
	var data protocol.AuthenticatorData
	if err := data.Unmarshal(p.AuthenticatorData); err != nil {
		return errors.Join(ErrProof, err)
	}
	var client protocol.CollectedClientData
	if err := json.Unmarshal(p.ClientData, &client); err != nil {
		return errors.Join(ErrProof, err)
	}
	parsed := &protocol.ParsedCredentialAssertionData{
		Response: protocol.ParsedAssertionResponse{CollectedClientData: client, AuthenticatorData: data, Signature: p.Signature},
		Raw: protocol.CredentialAssertionResponse{AssertionResponse: protocol.AuthenticatorAssertionResponse{
			AuthenticatorResponse: protocol.AuthenticatorResponse{ClientDataJSON: p.ClientData},
			AuthenticatorData:     p.AuthenticatorData, Signature: p.Signature,
		}},
	}
	err = parsed.Verify(encoding.EncodeToString(challenge), relyingParty, "", []string{origin}, nil, nil,
		protocol.TopOriginExplicitVerificationMode, false, true, true, p.Key,
		protocol.SignaturePolicy{ECDSAEncoding: protocol.ECDSASignatureEncodingDER})
	if err != nil {
		return errors.Join(ErrProof, err)
	}
	return nil
}

var errRevision = errors.New("a revision is 64 hexadecimal digits")

// signer is the key a member approves with now, and its passkey.
type signer struct {
	key        desk.ApprovalKey
	credential store.Credential
}

// signerOf finds the newest key of a member that is good now. If none is, the
// error says that one still waits, or why the newest is not good:
// error.key.young, error.key.old, error.key.retired or error.key.none.
func signerOf(tx *store.Tx, memberID string, now time.Time) (signer, error) {
	keys, err := tx.ApprovalKeys(memberID)
	if err != nil {
		return signer{}, err
	}
	held, err := tx.Credentials(memberID)
	if err != nil {
		return signer{}, err
	}
	var why error
	for _, k := range keys {
		err := desk.CheckKey(k, now)
		if err != nil {
			if why == nil || k.Retired.IsZero() && now.Before(k.Good) {
				why = err
			}
			continue
		}
		if !k.Signs() {
			return signer{key: k}, nil
		}
		for _, c := range held {
			if c.ApprovalKey == k.ID {
				return signer{key: k, credential: c}, nil
			}
		}
	}
	if why == nil {
		why = forbidden("find key", "error.key.none", nil)
	}
	return signer{}, why
}

// BeginApproval prepares a member's assent to an exact revision (64 hexadecimal
// digits). It refuses a member whose key is too young, too old or gone.
func (a *Access) BeginApproval(ctx context.Context, token, revision string) (Approval, error) {
	const op = "begin approval"
	challenge, err := hex.DecodeString(revision)
	if err != nil || len(challenge) != 32 {
		return Approval{}, &desk.Error{Kind: desk.Internal, Op: op, Err: errRevision}
	}
	var by signer
	err = a.db.View(ctx, func(tx *store.Tx) error {
		seat, _, err := a.seated(tx, token)
		if err != nil {
			return err
		}
		by, err = signerOf(tx, seat.Member.ID, tx.Now())
		return err
	})
	if err != nil || !by.key.Signs() {
		return Approval{KeyID: by.key.ID}, err
	}
	if a.keys == nil {
		return Approval{}, forbidden(op, "error.passkey.address", nil)
	}
	o, _, err := a.keys.web.BeginLogin(bearerOf(by.credential), webauthn.WithChallenge(challenge))
	if err != nil {
		return Approval{}, err
	}
	out := Approval{KeyID: by.key.ID}
	out.Options, err = options(o.Response, nil)
	return out, err
}

// FinishApproval takes a member's assent to an exact revision. response is the
// browser's answer to the options of BeginApproval. Without a passkey it is
// empty, and the member must have proved within ReauthFor that it is them:
// otherwise error.confirm.
func (a *Access) FinishApproval(ctx context.Context, token, revision string, response []byte) (Assent, error) {
	out, err := a.finishApproval(ctx, token, revision, response)
	a.note(ctx, "approve a revision", out.KeyID, err)
	return out, err
}

func (a *Access) finishApproval(ctx context.Context, token, revision string, response []byte) (Assent, error) {
	const op = "approve"
	challenge, err := hex.DecodeString(revision)
	if err != nil || len(challenge) != 32 {
		return Assent{}, &desk.Error{Kind: desk.Internal, Op: op, Err: errRevision}
	}
	var out Assent
	err = a.db.Update(ctx, func(tx *store.Tx) error {
		seat, _, err := a.seated(tx, token)
		if err != nil {
			return err
		}
		by, err := signerOf(tx, seat.Member.ID, tx.Now())
		if err != nil {
			return err
		}
		out = Assent{MemberID: seat.Member.ID, KeyID: by.key.ID, Revision: revision}
		if !by.key.Signs() {
			if !seat.Reauthenticated {
				return forbidden(op, "error.confirm", nil)
			}
			return a.rename(tx, seat.Member, by.key.ID)
		}
		if out.Assertion, err = a.signed(tx, by, challenge, response); err != nil {
			return err
		}
		out.Signed = true
		return a.rename(tx, seat.Member, by.key.ID)
	})
	return out, err
}

// rename keeps the member's current key id beside the member.
func (a *Access) rename(tx *store.Tx, m desk.Member, keyID string) error {
	if m.KeyID == keyID {
		return nil
	}
	m.KeyID = keyID
	return tx.PutMember(m)
}

// signed judges the assertion over a revision and makes its proof.
func (a *Access) signed(tx *store.Tx, by signer, challenge, response []byte) ([]byte, error) {
	const op = "approve"
	parsed, err := a.parseAssertion(response)
	if err != nil {
		return nil, refusedPasskey(op, err)
	}
	if !bytes.Equal(parsed.RawID, by.credential.ID) {
		return nil, forbidden(op, "error.passkey.not_approving", nil)
	}
	user := bearerOf(by.credential)
	_, session, err := a.keys.web.BeginLogin(user, webauthn.WithChallenge(challenge))
	if err != nil {
		return nil, refusedPasskey(op, err)
	}
	used, err := a.keys.web.ValidateLogin(user, *session, parsed)
	if err != nil {
		return nil, refusedPasskey(op, err)
	}
	if used.Authenticator.CloneWarning {
		return nil, forbidden(op, "error.passkey.copy", nil)
	}
	if err := tx.CountCredential(by.credential.ID, used.Authenticator.SignCount); err != nil {
		return nil, conflictAs(err, forbidden(op, "error.passkey.copy", err))
	}
	return json.Marshal(Proof{
		Key: by.key.PublicKey, AuthenticatorData: parsed.Raw.AssertionResponse.AuthenticatorData,
		ClientData: parsed.Raw.AssertionResponse.ClientDataJSON, Signature: parsed.Raw.AssertionResponse.Signature,
	})
}
