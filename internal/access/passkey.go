package access

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"sangto/internal/desk"
	"sangto/internal/record"
	"sangto/internal/store"
)

// responseMax bounds what a browser sends of an authenticator, in bytes.
const responseMax = 32 << 10

// keyMax bounds a public key in COSE, in bytes, as the schema does: what checking
// a signature costs grows with the square of an RSA modulus.
const keyMax = 4096

// labelMax is the longest name of a passkey, in characters.
const labelMax = 60

// passkeys is what the ceremonies of W3C Web Authentication (Level 3, sections
// 7.1 and 7.2) are held with.
type passkeys struct {
	web    *webauthn.WebAuthn
	rpID   string
	origin string
}

// newPasskeys returns nil for an address that cannot have passkeys: browsers
// allow them on https and on this machine, and only for a name.
func newPasskeys(u *url.URL, name string) (*passkeys, error) {
	host := u.Hostname()
	if _, err := netip.ParseAddr(host); err == nil || u.Scheme != "https" && !localName(host) || protocol.ValidateRPID(host) != nil {
		return nil, nil
	}
	if strings.TrimSpace(name) == "" {
		name = host
	}
	required := true
	origin := u.Scheme + "://" + u.Host
	w, err := webauthn.New(&webauthn.Config{
		RPID: host, RPDisplayName: name, RPOrigins: []string{origin},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			RequireResidentKey: &required, ResidentKey: protocol.ResidentKeyRequirementRequired,
			UserVerification: protocol.VerificationRequired,
		},
	})
	if err != nil {
		return nil, err
	}
	return &passkeys{web: w, rpID: host, origin: origin}, nil
}

func localName(host string) bool {
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

func loopbackNumber(host string) bool {
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}

// bearer is one passkey, or one to be made, in the library's terms. Each has a
// holder of its own.
type bearer struct {
	holder      []byte
	name        string
	credentials []webauthn.Credential
}

// WebAuthnID implements webauthn.User.
func (b bearer) WebAuthnID() []byte { return b.holder }

// WebAuthnName implements webauthn.User.
func (b bearer) WebAuthnName() string { return b.name }

// WebAuthnDisplayName implements webauthn.User.
func (b bearer) WebAuthnDisplayName() string { return b.name }

// WebAuthnCredentials implements webauthn.User.
func (b bearer) WebAuthnCredentials() []webauthn.Credential { return b.credentials }

func bearerOf(c store.Credential) bearer {
	return bearer{holder: c.Holder, name: c.Label, credentials: []webauthn.Credential{{
		ID: c.ID, PublicKey: c.PublicKey,
		Flags:         webauthn.NewCredentialFlags(protocol.AuthenticatorFlags(c.Flags)),
		Authenticator: webauthn.Authenticator{SignCount: c.SignCount},
	}}}
}

func setChallenge(challenge []byte) webauthn.RegistrationOption {
	return func(o *protocol.PublicKeyCredentialCreationOptions) error {
		o.Challenge = challenge
		return nil
	}
}

// refusedPasskey hides why an answer was refused from whoever sent it.
func refusedPasskey(op string, cause error) error {
	return forbidden(op, "error.passkey.refused", cause)
}

// options writes what a browser's parseRequestOptionsFromJSON or
// parseCreationOptionsFromJSON reads.
func options(v any, err error) (json.RawMessage, error) {
	if err != nil {
		return nil, err
	}
	return json.Marshal(v)
}

var errNoPasskeys = errors.New("this address cannot have passkeys")

// creation is what the browser is asked to make for a challenge.
func (a *Access) creation(name string, challenge []byte) (bearer, *protocol.CredentialCreation, *webauthn.SessionData, error) {
	if a.keys == nil {
		return bearer{}, nil, nil, errNoPasskeys
	}
	b := bearer{holder: a.holder(challenge), name: name}
	c, s, err := a.keys.web.BeginRegistration(b, setChallenge(challenge))
	return b, c, s, err
}

// beginPasskey gives the options with which a browser makes a passkey.
func (a *Access) beginPasskey(name, subject string) (json.RawMessage, error) {
	challenge, err := a.challenge(toRegister, subject)
	if err != nil {
		return nil, err
	}
	_, c, _, err := a.creation(name, challenge)
	if err != nil {
		return nil, err
	}
	return options(c.Response, nil)
}

// newCredential judges a browser's answer to beginPasskey.
func (a *Access) newCredential(name, subject, label string, response []byte) (c store.Credential, challenge []byte, err error) {
	const op = "register passkey"
	label = strings.TrimSpace(label)
	if label == "" || utf8.RuneCountInString(label) > labelMax || strings.ContainsFunc(label, unicode.IsControl) {
		return c, nil, invalid(op, "error.passkey.label", "Max", labelMax)
	}
	if len(response) > responseMax {
		return c, nil, refusedPasskey(op, errTooLarge)
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(response)
	if err != nil {
		return c, nil, refusedPasskey(op, err)
	}
	challenge, err = encoding.DecodeString(parsed.Response.CollectedClientData.Challenge)
	if err != nil || !a.genuine(toRegister, subject, challenge) {
		return c, nil, forbidden(op, "error.passkey.late", err)
	}
	b, _, session, err := a.creation(name, challenge)
	if err != nil {
		return c, nil, refusedPasskey(op, err)
	}
	made, err := a.keys.web.CreateCredential(b, *session, parsed)
	if err == nil && len(made.PublicKey) > keyMax {
		err = errTooLarge
	}
	if err == nil {
		// A key that the record cannot show could approve nothing.
		err = record.ReadableKey(made.PublicKey)
	}
	if err != nil {
		return c, nil, refusedPasskey(op, err)
	}
	return store.Credential{
		ID: made.ID, Holder: b.holder, PublicKey: made.PublicKey, SignCount: made.Authenticator.SignCount,
		Flags: byte(made.Flags.ProtocolValue()), Label: label,
	}, challenge, nil
}

var errTooLarge = errors.New("the answer is too large")

// BeginSignIn gives the options with which a browser offers the passkeys it
// has for this desk. It says nothing about who has any.
func (a *Access) BeginSignIn() (json.RawMessage, error) { return a.beginAssertion(toSignIn, "") }

func (a *Access) beginAssertion(purpose, subject string) (json.RawMessage, error) {
	if a.keys == nil {
		return nil, errNoPasskeys
	}
	challenge, err := a.challenge(purpose, subject)
	if err != nil {
		return nil, err
	}
	o, _, err := a.keys.web.BeginDiscoverableLogin(webauthn.WithChallenge(challenge))
	if err != nil {
		return nil, err
	}
	return options(o.Response, nil)
}

// asserted is a passkey that gave a good answer, with the count it gave.
type asserted struct {
	store.Credential
	challenge []byte
	count     uint32
}

// assertion judges a browser's answer to beginAssertion: whose passkey it is
// and that it is not a copy of one. It changes nothing.
func (a *Access) assertion(ctx context.Context, purpose, subject string, response []byte) (asserted, error) {
	const op = "use passkey"
	var out asserted
	parsed, err := a.parseAssertion(response)
	if err != nil {
		return out, refusedPasskey(op, err)
	}
	out.challenge, err = encoding.DecodeString(parsed.Response.CollectedClientData.Challenge)
	if err != nil || !a.genuine(purpose, subject, out.challenge) {
		return out, forbidden(op, "error.passkey.late", err)
	}
	_, session, err := a.keys.web.BeginDiscoverableLogin(webauthn.WithChallenge(out.challenge))
	if err != nil {
		return out, refusedPasskey(op, err)
	}
	err = a.db.View(ctx, func(tx *store.Tx) (err error) {
		out.Credential, err = tx.Credential(parsed.RawID)
		return err
	})
	if err != nil && desk.KindOf(err) != desk.NotFound {
		return out, err
	}
	if err != nil {
		return out, forbidden(op, "error.passkey.unknown", err)
	}
	find := func(_, holder []byte) (webauthn.User, error) {
		if !bytes.Equal(holder, out.Holder) {
			return nil, errors.New("the passkey is filed under another holder")
		}
		return bearerOf(out.Credential), nil
	}
	_, used, err := a.keys.web.ValidatePasskeyLogin(find, *session, parsed)
	if err != nil {
		return out, refusedPasskey(op, err)
	}
	if used.Authenticator.CloneWarning {
		return out, forbidden(op, "error.passkey.copy", nil)
	}
	out.count = used.Authenticator.SignCount
	return out, nil
}

func (a *Access) parseAssertion(response []byte) (*protocol.ParsedCredentialAssertionData, error) {
	switch {
	case a.keys == nil:
		return nil, errNoPasskeys
	case len(response) > responseMax:
		return nil, errTooLarge
	}
	return protocol.ParseCredentialRequestResponseBytes(response)
}

// spend uses up the challenge and keeps the count, in the transaction that acts
// on the answer. Of two that came at once, one is refused.
func (p asserted) spend(tx *store.Tx) error {
	const op = "use passkey"
	if err := answer(tx, p.challenge); err != nil {
		return conflictAs(err, forbidden(op, "error.passkey.late", err))
	}
	if err := tx.CountCredential(p.ID, p.count); err != nil {
		return conflictAs(err, forbidden(op, "error.passkey.copy", err))
	}
	return nil
}

func conflictAs(err, as error) error {
	if desk.KindOf(err) == desk.Conflict {
		return as
	}
	return err
}

// FinishSignIn opens a session for the member whose passkey answered and
// returns its token. old is the token the browser came with, "" if none: that
// session ends.
func (a *Access) FinishSignIn(ctx context.Context, old string, response []byte) (token string, err error) {
	used, err := a.assertion(ctx, toSignIn, "", response)
	if err == nil {
		err = a.db.Update(ctx, func(tx *store.Tx) (err error) {
			if err := used.spend(tx); err != nil {
				return err
			}
			token, err = a.open(tx, used.MemberID, byPasskey, old)
			return err
		})
	}
	a.note(ctx, "sign in with a passkey", used.ApprovalKey, err)
	return token, err
}

// BeginProof gives the options with which a member shows again that it is them.
func (a *Access) BeginProof(token string) (json.RawMessage, error) {
	return a.beginAssertion(toProve, token)
}

// FinishProof counts the session as proved if the passkey is its member's. The
// session's token changes.
func (a *Access) FinishProof(ctx context.Context, token string, response []byte) (fresh string, err error) {
	used, err := a.assertion(ctx, toProve, token, response)
	if err == nil {
		err = a.db.Update(ctx, func(tx *store.Tx) error {
			seat, _, err := a.seated(tx, token)
			if err != nil {
				return err
			}
			if seat.Member.ID != used.MemberID {
				return forbidden("confirm", "error.passkey.others", nil)
			}
			if err := used.spend(tx); err != nil {
				return err
			}
			fresh, err = a.renew(tx, token)
			return err
		})
	}
	a.note(ctx, "confirm with a passkey", used.ApprovalKey, err)
	return fresh, err
}
