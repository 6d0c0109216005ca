package leaf

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"sangto/internal/desk"
	"sangto/ledger"
)

// VersionOf is a version with all that its leaf covers.
type VersionOf struct {
	Check   desk.Check
	Version desk.Version
	// Approvals are those of the version, in any order.
	Approvals []desk.Approval
	// Owner is the declaration in force; nil where nobody knows it any more,
	// which only a version from before the record may have.
	Owner *desk.Declaration
	// Salt is SaltSize random bytes in hex.
	Salt string
	// Prev is the Hash of the previous leaf of the check, empty for none.
	Prev string
	// Before says that the version is older than the record.
	Before bool
}

// Of builds the leaf of a version and its content.
func Of(v VersionOf) (Leaf, Content, error) {
	c := Content{
		Salt: v.Salt, Body: string(desk.VersionBytes(v.Version)), Claim: v.Version.Claim,
		Added: string(desk.AddedBytes(v.Version)),
	}
	for i := range v.Version.Evidence {
		c.Evidence = append(c.Evidence, string(desk.EvidenceBytes(v.Version.Evidence[i])))
	}
	approvals, err := ApprovalBytes(v.Approvals)
	if err != nil {
		return Leaf{}, Content{}, err
	}
	c.Approvals = string(approvals)
	l := Leaf{
		V: Format, Kind: OfAct(v.Version.Act), Day: v.Version.Published, Desk: v.Check.DeskID, Check: v.Check.ID, Rev: v.Version.Number,
		Lang: v.Check.Lang, Verdict: string(v.Version.Verdict), NotRated: string(v.Version.NotRatedKind),
		MethodH: v.Version.Method, EvidenceN: len(c.Evidence), Prev: v.Prev,
	}
	if v.Owner != nil {
		l.OwnerH, l.OwnerKind, l.FunderKind = desk.HashBytes(desk.DeclarationBytes(*v.Owner)), string(v.Owner.OwnerKind), string(v.Owner.FunderKind)
	}
	if v.Before {
		l.Before = 1
	}
	l.ApproversN, l.SignedN = count(v.Approvals)
	if o := v.Version.Order; v.Version.Act == desk.WithholdOrder {
		l.OrderBody, l.Law, l.Ordered, l.Digest, l.Expires = Short(o.Body), Short(o.Law), o.Date, o.Digest, o.Lapses
	}
	err = l.seal(c)
	return l, c, err
}

func count(approvals []desk.Approval) (keys, signed int) {
	seen := map[string]bool{}
	for _, a := range approvals {
		if !seen[a.KeyID] {
			keys++
			if a.Signed {
				signed++
			}
		}
		seen[a.KeyID] = true
	}
	return keys, signed
}

// seal sets the hashes of a leaf to those of its content.
func (l *Leaf) seal(c Content) error {
	var err error
	for _, h := range []struct {
		to   *string
		text string
		do   bool
	}{
		{&l.BodyH, c.Body, true},
		{&l.ApprovalsH, c.Approvals, c.Approvals != ""},
		{&l.ClaimH, c.Claim, l.Kind.OfVersion()},
		{&l.AddedH, c.Added, l.Kind.OfVersion()},
	} {
		if !h.do {
			continue
		}
		if *h.to, err = Salted(c.Salt, h.text); err != nil {
			return err
		}
	}
	if l.Kind.OfVersion() {
		l.EvidenceRoot, err = EvidenceRoot(c.Salt, c.Evidence)
	}
	return err
}

// OfPage builds the leaf of a page. Its hash is plain, so that it is the one that
// checks name as the methodology they were made under.
func OfPage(p desk.PolicyPage, prev string) (Leaf, Content, error) {
	l := Leaf{V: Format, Kind: Policy, Day: p.Day, Desk: p.DeskID, Page: string(p.Kind), Rev: p.Number, Prev: prev}
	return policy(l, string(desk.PageBytes(p)), p.Keys)
}

// OfDeclaration builds the leaf of a declaration of owner and funders. The one
// made at set-up has number 0 and no approvals.
func OfDeclaration(d desk.Declaration, prev string) (Leaf, Content, error) {
	l := Leaf{
		V: Format, Kind: Policy, Day: d.Day, Desk: d.DeskID, Page: DeclarationPage, Rev: d.Number, Prev: prev,
		OwnerKind: string(d.OwnerKind), FunderKind: string(d.FunderKind),
	}
	return policy(l, string(desk.DeclarationBytes(d)), d.Keys)
}

func policy(l Leaf, body string, keys desk.Keys) (Leaf, Content, error) {
	c := Content{Body: body}
	if keys != (desk.Keys{}) {
		approvals := KeyedApprovals(keys, desk.HashBytes([]byte(body)))
		text, err := ApprovalBytes(approvals)
		if err != nil {
			return Leaf{}, Content{}, err
		}
		c.Approvals = string(text)
		l.ApproversN, l.SignedN = count(approvals)
	}
	err := l.seal(c)
	return l, c, err
}

// OfKey builds the leaf of a member's key that comes. spki is its
// SubjectPublicKeyInfo and alg its COSE algorithm; nil and 0 where approvals
// with it are not signed. Whose key it is, is not in the leaf.
func OfKey(deskID string, k desk.ApprovalKey, spki []byte, alg int, good, until, day desk.Day) Leaf {
	return Leaf{
		V: Format, Kind: Keys, Day: day, Desk: deskID, Key: k.ID, Reason: Added, Good: good, Until: until,
		SPKI: base64.StdEncoding.EncodeToString(spki), Alg: alg,
	}
}

// OfKeyGone builds the leaf of a member's key that no longer holds.
func OfKeyGone(deskID, key string, day desk.Day) Leaf {
	return Leaf{V: Format, Kind: Keys, Day: day, Desk: deskID, Key: key, Reason: Removed}
}

// RotationText is what both keys sign when the log goes from one to the other.
func RotationText(old, next string) string { return "sangto record: key\n" + old + "\n" + next + "\n" }

// checkRotation verifies both signatures of a rotation.
func (l Leaf) checkRotation() error {
	text := []byte(RotationText(l.VKeyOld, l.VKey))
	oldName, _, _ := strings.Cut(l.VKeyOld, "+")
	name, _, _ := strings.Cut(l.VKey, "+")
	if oldName != name {
		return bad("a rotation from %q to %q", oldName, name)
	}
	for _, s := range []struct{ vkey, signature string }{{l.VKeyOld, l.SignatureOld}, {l.VKey, l.SignatureNew}} {
		v, err := ledger.NewVerifier(s.vkey)
		if err != nil {
			return bad("%v", err)
		}
		sig, err := base64.StdEncoding.DecodeString(s.signature)
		if err != nil || len(sig) != ed25519.SignatureSize || !v.Verify(text, sig) {
			return bad("a rotation that a key has not signed")
		}
	}
	return nil
}

// OfRotation builds the leaf of the log's change from one key to another, given
// both secret keys.
func OfRotation(oldSecret, nextSecret string, day desk.Day) (Leaf, error) {
	l := Leaf{V: Format, Kind: Keys, Day: day, Reason: Rotated}
	var err error
	if l.VKeyOld, err = ledger.VerifierKey(oldSecret); err != nil {
		return Leaf{}, err
	}
	if l.VKey, err = ledger.VerifierKey(nextSecret); err != nil {
		return Leaf{}, err
	}
	text := []byte(RotationText(l.VKeyOld, l.VKey))
	for _, s := range []struct {
		secret string
		to     *string
	}{{oldSecret, &l.SignatureOld}, {nextSecret, &l.SignatureNew}} {
		signer, err := ledger.NewSigner(s.secret)
		if err != nil {
			return Leaf{}, err
		}
		sig, err := signer.Sign(text)
		if err != nil {
			return Leaf{}, err
		}
		*s.to = base64.StdEncoding.EncodeToString(sig)
	}
	return l, nil
}

// NewSalt writes random bytes as a salt.
func NewSalt(random [SaltSize]byte) string { return hex.EncodeToString(random[:]) }

// shortMax is the most bytes that a name takes in a leaf, escaped.
const shortMax = 240

// Short cuts a name so that the leaf stays within its size; the whole of it is
// in the content.
func Short(s string) string {
	n := 0
	for i, r := range s {
		size := 1
		switch {
		case r >= 0x10000:
			size = 12
		case r >= 0x80:
			size = 6
		case r == '"' || r == '\\' || r < 0x20:
			size = 6
		}
		if n += size; n > shortMax {
			return s[:i]
		}
	}
	return s
}

// addressMax is the longest address that a leaf holds whole, in bytes.
const addressMax = 1000

// Address writes a web address for a leaf: an overlong one as
// its hash.
func Address(s string) string {
	if len(ascii([]byte(s))) <= addressMax {
		return s
	}
	return "sha256:" + desk.HashBytes([]byte(s))
}
