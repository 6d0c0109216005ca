package leaf

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"sangto/internal/desk"
	"sangto/ledger"
)

// SaltSize is the size of a salt, in bytes.
const SaltSize = 32

// ContentMax is the longest content file that is read, in bytes.
const ContentMax = 4 << 20

// Content is the words behind a leaf: what its hashes cover. Every text stands
// exactly as it was hashed: SHA-256 over the salt's bytes and then the text's.
// Deleting a content erases the words and leaves the leaf.
type Content struct {
	// Salt is in hex; empty for pages and declarations, whose hashes are plain.
	Salt string `json:"salt"`
	// Body is what approvals are bound to: [desk.VersionBytes], [desk.PageBytes]
	// or [desk.DeclarationBytes]. Its plain SHA-256 is the revision.
	Body string `json:"body"`
	// Claim is the sentence judged; Evidence are the sources in order, each
	// [desk.EvidenceBytes]; Added is [desk.AddedBytes].
	Claim    string   `json:"claim,omitempty"`
	Evidence []string `json:"evidence,omitempty"`
	Added    string   `json:"added,omitempty"`
	// Approvals is a list of [Approval] as JSON.
	Approvals string `json:"approvals,omitempty"`
}

// Approval is one key's assent as anybody may check it. The revision is 64
// hexadecimal digits; its 32 bytes are the challenge of the assertion.
type Approval struct {
	Key      string `json:"key"`
	Revision string `json:"revision"`
	// Proof is the assertion of W3C Web Authentication; nil if it is not signed.
	Proof *Assertion `json:"proof,omitempty"`
}

// Assertion is what an authenticator answered, in base64url without padding.
type Assertion struct {
	AuthenticatorData string `json:"authenticator_data"`
	ClientData        string `json:"client_data"`
	Signature         string `json:"signature"`
}

// ApprovalBytes are the canonical bytes of approvals: JSON, by key, so that the
// order does not tell whose wording it was. Nothing in them names a member.
func ApprovalBytes(approvals []desk.Approval) ([]byte, error) {
	out := make([]Approval, 0, len(approvals))
	for _, a := range approvals {
		p := Approval{Key: a.KeyID, Revision: a.Revision}
		if a.Signed {
			p.Proof = &Assertion{}
			if err := json.Unmarshal(a.Assertion, p.Proof); err != nil {
				return nil, fmt.Errorf("read an assertion: %w", err)
			}
		}
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b Approval) int { return cmp.Compare(a.Key, b.Key) })
	return json.Marshal(out)
}

// KeyedApprovals are the approvals of a page: two keys, named and not signed.
func KeyedApprovals(k desk.Keys, revision string) []desk.Approval {
	return []desk.Approval{{KeyID: k.ProposedKey, Revision: revision}, {KeyID: k.AgreedKey, Revision: revision}}
}

// Salted is SHA-256 over salt and text, in hex. The salt is in hex.
func Salted(salt, text string) (string, error) {
	s, err := hex.DecodeString(salt)
	if err != nil {
		return "", fmt.Errorf("a salt is written in hex: %w", err)
	}
	sum := sha256.Sum256(append(s, text...))
	return hex.EncodeToString(sum[:]), nil
}

// EvidenceRoot is the root of a tree (RFC 6962) whose entries are salt and text
// of each source, in order.
func EvidenceRoot(salt string, evidence []string) (string, error) {
	s, err := hex.DecodeString(salt)
	if err != nil {
		return "", fmt.Errorf("a salt is written in hex: %w", err)
	}
	var tree ledger.Frontier
	for _, e := range evidence {
		tree.Append(ledger.EntryHash(append(bytes.Clone(s), e...)), nil)
	}
	root := tree.Root()
	return hex.EncodeToString(root[:]), nil
}

// Holds reports in words what of the content is not what the leaf recorded, nil
// if it is all there.
func (l Leaf) Holds(c Content) []string {
	var wrong []string
	one := func(name, want, text string) {
		if got, err := Salted(c.Salt, text); err != nil || got != want {
			wrong = append(wrong, name+" is not what was recorded")
		}
	}
	one("the text", l.BodyH, c.Body)
	if l.ApprovalsH != "" {
		one("the approvals", l.ApprovalsH, c.Approvals)
	} else if c.Approvals != "" {
		wrong = append(wrong, "there are approvals that were not recorded")
	}
	if !l.Kind.OfVersion() {
		return wrong
	}
	one("the claim", l.ClaimH, c.Claim)
	one("what publishing added", l.AddedH, c.Added)
	if root, err := EvidenceRoot(c.Salt, c.Evidence); err != nil || root != l.EvidenceRoot || len(c.Evidence) != l.EvidenceN {
		wrong = append(wrong, "the sources are not what was recorded")
	}
	return wrong
}

// Text is the content as it is kept and served: JSON with a line end.
func (c Content) Text() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(c)
	return b.Bytes(), err
}

// ParseContent reads a content file. It checks the form only; [Leaf.Holds] says
// whether it is the right one.
func ParseContent(b []byte) (Content, error) {
	var c Content
	if len(b) > ContentMax {
		return c, bad("content of %d bytes", len(b))
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return Content{}, bad("content: %v", err)
	}
	if salt, err := hex.DecodeString(c.Salt); err != nil || len(salt) != 0 && len(salt) != SaltSize {
		return Content{}, bad("content with a salt of another size")
	}
	if d.More() {
		return Content{}, bad("content with something after it")
	}
	return c, nil
}

// ParseApprovals reads the approvals of a content.
func ParseApprovals(text string) ([]Approval, error) {
	var out []Approval
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(&out); err != nil {
		return nil, bad("approvals: %v", err)
	}
	return out, nil
}
