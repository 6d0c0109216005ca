// Package leaf says what an entry of the public record is: which editorial act
// it stands for, and the hashes by which anybody can hold what the desk shows
// to what was recorded. Everything in it is a pure function of its arguments.
//
// A leaf never holds words of a check: those are in the content beside the log,
// under a salt, so that deleting salt and words erases them while every proof
// still holds. It never holds anything about who asked or read, no name of a
// member, and no time finer than a day.
package leaf

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"sangto/internal/desk"
	"sangto/ledger"
)

// Max is the longest leaf, in bytes.
const Max = 2048

// Format is the value of V that this package writes and reads.
const Format = 1

// Kind is what a leaf records.
type Kind string

// The kinds. The list is closed.
const (
	// Publish, Correct, Retract, ErasePersonal, WithholdOrder and Restore are the
	// acts that make a version of a check. Restore without a body is an order
	// that lapsed by itself.
	Publish       Kind = "publish"
	Correct       Kind = "correct"
	Retract       Kind = "retract"
	ErasePersonal Kind = "erase_personal"
	WithholdOrder Kind = "withhold_order"
	Restore       Kind = "restore"
	// Feed is a feed of another desk's checks, added or removed.
	Feed Kind = "feed"
	// Dispute is another desk's check that now stands beside ours, or no longer
	// does.
	Dispute Kind = "dispute"
	// Policy is a page a desk owes its readers, or its declaration of owner and
	// funders.
	Policy Kind = "policy"
	// Keys is an approval key of a member or a key of the log, added or removed.
	Keys Kind = "keys"
	// Demand is a demand by somebody to hand over or to remove something.
	Demand Kind = "demand"
	// Beat says that the desk was there on that day.
	Beat Kind = "beat"
)

// Kinds lists every kind.
func Kinds() []Kind {
	return []Kind{Publish, Correct, Retract, ErasePersonal, WithholdOrder, Restore, Feed, Dispute, Policy, Keys, Demand, Beat}
}

// OfVersion reports whether a leaf of the kind records a version of a check.
func (k Kind) OfVersion() bool {
	switch k {
	case Publish, Correct, Retract, ErasePersonal, WithholdOrder, Restore:
		return true
	}
	return false
}

// OfAct is the kind that records an act, "" for an import, which is not ours.
func OfAct(a desk.Act) Kind {
	switch a {
	case desk.Publish:
		return Publish
	case desk.Correct:
		return Correct
	case desk.Withdraw:
		return Retract
	case desk.ErasePersonal:
		return ErasePersonal
	case desk.WithholdOrder:
		return WithholdOrder
	case desk.Restore:
		return Restore
	}
	return ""
}

// The reasons that a leaf may give. Lapsed belongs to Restore; Added and Removed
// to Feed, Dispute and Keys; Rotated to a key of the log.
const (
	Added   = "added"
	Removed = "removed"
	Rotated = "rotated"
	Lapsed  = "lapsed"
)

// DeclarationPage is the page of a Policy leaf that is the declaration of owner
// and funders and not a page of text.
const DeclarationPage = "declaration"

// Leaf is one entry of the record. Fields that do not belong to its kind are
// empty; the table in fieldsOf says which do. Hashes are SHA-256 in lower-case
// hex. The fields stand in the order of their names, because that is the order
// in which they are written.
type Leaf struct {
	// AddedH covers what publishing adds to the words: [Content.Added].
	AddedH string `json:"added_h,omitempty"`
	// Alg is the COSE algorithm number of a member's key: -7, -8, -257 and so on.
	Alg int `json:"alg,omitempty"`
	// ApprovalsH covers [Content.Approvals]; ApproversN is how many distinct
	// keys approved and SignedN how many of these approvals are signed.
	ApprovalsH string `json:"approvals_h,omitempty"`
	ApproversN int    `json:"approvers_n,omitempty"`
	// Before is 1 where the version is older than the record: its approvals are
	// of another form of the text, so that their revision cannot be recomputed.
	Before int `json:"before,omitempty"`
	// BodyH covers [Content.Body].
	BodyH string `json:"body_h,omitempty"`
	// Check is the random key of the check, as in its address.
	Check  string   `json:"check,omitempty"`
	ClaimH string   `json:"claim_h,omitempty"`
	Day    desk.Day `json:"day,omitempty"`
	// Desk is the key of the desk in this installation, empty where the act is
	// the installation's.
	Desk string `json:"desk,omitempty"`
	// Digest is the SHA-256 of the order's text.
	Digest       string `json:"digest,omitempty"`
	EvidenceN    int    `json:"evidence_n,omitempty"`
	EvidenceRoot string `json:"evidence_root,omitempty"`
	// Expires is the first day on which an order no longer holds.
	Expires desk.Day `json:"expires,omitempty"`
	// Feed is the address of a feed.
	Feed       string `json:"feed,omitempty"`
	FunderKind string `json:"funder_kind,omitempty"`
	// Good and Until are from when and until when a key may approve.
	Good desk.Day `json:"good,omitempty"`
	// Key is the public name of a key.
	Key  string `json:"key,omitempty"`
	Kind Kind   `json:"kind"`
	Lang string `json:"lang,omitempty"`
	// Law is the law that an order or a demand names.
	Law string `json:"law,omitempty"`
	// MethodH is the BodyH of the methodology that was in force.
	MethodH string `json:"method_h,omitempty"`
	// NotRated says why there is no verdict.
	NotRated string `json:"not_rated,omitempty"`
	// OrderBody is the body that issued an order; Ordered is its day.
	OrderBody string   `json:"order_body,omitempty"`
	Ordered   desk.Day `json:"ordered,omitempty"`
	// Other is the address of another desk's check.
	Other string `json:"other,omitempty"`
	// Outcome is what became of a demand.
	Outcome string `json:"outcome,omitempty"`
	// OwnerH is the BodyH of the declaration that was in force; OwnerKind and
	// FunderKind are what it declares.
	OwnerH    string `json:"owner_h,omitempty"`
	OwnerKind string `json:"owner_kind,omitempty"`
	// Page is the page of a policy, or [DeclarationPage].
	Page string `json:"page,omitempty"`
	// Prev is the hash (RFC 6962, of the leaf as an entry) of the previous leaf
	// of the same check, page or pair; empty for the first.
	Prev   string `json:"prev,omitempty"`
	Reason string `json:"reason,omitempty"`
	// Requester is the class of whoever made a demand.
	Requester string `json:"requester,omitempty"`
	// Rev is the number of the version or of the page, from 1; the declaration
	// made at set-up has none.
	Rev int `json:"rev,omitempty"`
	// SignatureNew and SignatureOld are base64 Ed25519 signatures over
	// [RotationText] by the keys that come and go.
	SignatureNew string `json:"sig_new,omitempty"`
	SignatureOld string `json:"sig_old,omitempty"`
	SignedN      int    `json:"signed_n,omitempty"`
	// SPKI is a member's public key, base64 of its SubjectPublicKeyInfo (RFC
	// 5280); empty where approvals with the key are not signed.
	SPKI    string   `json:"spki,omitempty"`
	Until   desk.Day `json:"until,omitempty"`
	V       int      `json:"v"`
	Verdict string   `json:"verdict,omitempty"`
	// VKey and VKeyOld are keys of the log in the form of signed notes.
	VKey    string `json:"vkey,omitempty"`
	VKeyOld string `json:"vkey_old,omitempty"`
}

// fieldsOf says which fields a kind has beside v, kind and day: those it must
// have, and those it may have.
func fieldsOf(k Kind) (must, may string) {
	const version = "check desk rev lang added_h body_h claim_h evidence_root approvals_h approvers_n verdict"
	const versionMay = "prev owner_h owner_kind funder_kind method_h evidence_n signed_n not_rated before"
	switch k {
	case Publish, Correct, Retract, ErasePersonal:
		return version, versionMay
	case WithholdOrder:
		return version + " order_body ordered law digest expires", versionMay
	case Restore:
		// One that lapsed has no words of its own.
		return "check desk rev", versionMay + " " + version + " reason"
	case Feed:
		return "feed reason", "desk"
	case Dispute:
		return "check desk other reason", "prev"
	case Policy:
		return "desk page body_h", "rev prev approvals_h approvers_n signed_n owner_kind funder_kind before"
	case Keys:
		return "reason", "desk key good until spki alg vkey vkey_old sig_new sig_old"
	case Demand:
		return "requester outcome", "desk law"
	case Beat:
		return "", ""
	}
	return "", ""
}

// Requesters are the classes of whoever makes a demand, and Outcomes what may
// become of it.
func Requesters() []string {
	return []string{"court", "prosecutor", "police", "ministry", "local_authority", "party", "company", "private_person", "other"}
}

// Outcomes lists what may become of a demand. NothingHeld is the answer to every
// demand for who asked.
func Outcomes() []string {
	return []string{"nothing_held", "refused", "complied", "complied_in_part", "contested", "pending"}
}

// Bytes is the leaf as it stands in the log: JSON with its names in order, no
// spaces, ASCII alone, at most [Max] bytes. The leaf must be one that Parse
// would read.
func (l Leaf) Bytes() ([]byte, error) {
	b, err := l.encode()
	if err != nil {
		return nil, err
	}
	if _, err := Parse(b); err != nil {
		return nil, err
	}
	return b, nil
}

func (l Leaf) encode() ([]byte, error) {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(l); err != nil {
		return nil, err
	}
	return ascii(bytes.TrimSuffix(buf.Bytes(), []byte("\n"))), nil
}

// ascii writes every other character of JSON as an escape of four hexadecimal
// digits, and so the one control character that JSON leaves as it is.
func ascii(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch {
		case r < utf8.RuneSelf && r != 0x7f:
			out = append(out, b[0])
		case r >= 0x10000:
			r -= 0x10000
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		b = b[n:]
	}
	return out
}

// ErrLeaf is why bytes are no leaf.
var ErrLeaf = errors.New("not a leaf of a desk's record")

func bad(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrLeaf, fmt.Sprintf(format, args...))
}

// Parse reads a leaf. It accepts the one spelling that Bytes writes, with the
// fields that its kind has and values of their form; an error is [ErrLeaf].
func Parse(b []byte) (Leaf, error) {
	var l Leaf
	if len(b) > Max {
		return l, bad("%d bytes, at most %d", len(b), Max)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&l); err != nil {
		return Leaf{}, bad("%v", err)
	}
	again, err := l.encode()
	if err != nil || !bytes.Equal(again, b) {
		return Leaf{}, bad("not in its canonical form")
	}
	if err := l.check(); err != nil {
		return Leaf{}, err
	}
	return l, nil
}

// names are those of the fields, in their order.
var names = func() []string {
	t := reflect.TypeFor[Leaf]()
	out := make([]string, t.NumField())
	for i := range out {
		out[i], _, _ = strings.Cut(t.Field(i).Tag.Get("json"), ",")
	}
	return out
}()

func (l Leaf) check() error {
	switch {
	case l.V != Format:
		return bad("format %d", l.V)
	case !slices.Contains(Kinds(), l.Kind):
		return bad("kind %q", l.Kind)
	case l.Day <= 0:
		return bad("no day")
	}
	must, may := fieldsOf(l.Kind)
	needed := strings.Fields(must)
	allowed := append(strings.Fields(may), append(needed, "v", "kind", "day")...)
	fields := reflect.ValueOf(l)
	for i, n := range names {
		switch {
		case fields.Field(i).IsZero() && slices.Contains(needed, n):
			return bad("%s without %s", l.Kind, n)
		case !fields.Field(i).IsZero() && !slices.Contains(allowed, n):
			return bad("%s with %s", l.Kind, n)
		}
	}
	if err := l.checkForms(); err != nil {
		return err
	}
	return l.checkKind()
}

// checkForms holds every value to its form.
func (l Leaf) checkForms() error {
	for _, h := range []struct{ name, value string }{
		{"added_h", l.AddedH},
		{"approvals_h", l.ApprovalsH},
		{"body_h", l.BodyH},
		{"claim_h", l.ClaimH},
		{"digest", l.Digest},
		{"evidence_root", l.EvidenceRoot},
		{"method_h", l.MethodH},
		{"owner_h", l.OwnerH},
		{"prev", l.Prev},
	} {
		if h.value != "" && !isHash(h.value) {
			return bad("%s is no hash", h.name)
		}
	}
	for _, n := range []struct {
		name  string
		value int
		most  int
	}{
		{"approvers_n", l.ApproversN, 100},
		{"before", l.Before, 1},
		{"evidence_n", l.EvidenceN, 1000},
		{"rev", l.Rev, 1 << 30},
		{"signed_n", l.SignedN, l.ApproversN},
	} {
		if n.value < 0 || n.value > n.most {
			return bad("%s is %d", n.name, n.value)
		}
	}
	for _, id := range []struct{ name, value string }{{"check", l.Check}, {"desk", l.Desk}, {"page", l.Page}, {"key", l.Key}, {"lang", l.Lang}} {
		if strings.Trim(id.value, idCharacters) != "" || len(id.value) > 64 {
			return bad("%s is %q", id.name, id.value)
		}
	}
	for _, day := range []desk.Day{l.Expires, l.Good, l.Ordered, l.Until} {
		if day < 0 {
			return bad("a day is %d", day)
		}
	}
	return l.checkEnums()
}

const idCharacters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-"

func (l Leaf) checkEnums() error {
	switch {
	case l.Verdict != "" && !desk.Verdict(l.Verdict).Valid():
		return bad("verdict %q", l.Verdict)
	case (l.Verdict == string(desk.NotRated)) != (l.NotRated != ""), l.NotRated != "" && !desk.NotRatedKind(l.NotRated).Valid():
		return bad("not_rated %q with verdict %q", l.NotRated, l.Verdict)
	case l.OwnerKind != "" && !desk.OwnerKind(l.OwnerKind).Valid(), l.FunderKind != "" && !desk.OwnerKind(l.FunderKind).Valid():
		return bad("owner_kind %q, funder_kind %q", l.OwnerKind, l.FunderKind)
	case l.Page != "" && l.Page != DeclarationPage && !desk.PageKind(l.Page).Valid():
		return bad("page %q", l.Page)
	case l.Requester != "" && !slices.Contains(Requesters(), l.Requester):
		return bad("requester %q", l.Requester)
	case l.Outcome != "" && !slices.Contains(Outcomes(), l.Outcome):
		return bad("outcome %q", l.Outcome)
	}
	return nil
}

// checkKind holds a leaf to what its kind asks of several fields together.
func (l Leaf) checkKind() error {
	if owned := l.OwnerH != "" && l.OwnerKind != "" && l.FunderKind != ""; l.Kind.OfVersion() && l.BodyH != "" && !owned && l.Before == 0 {
		return bad("a version without its desk's declaration")
	}
	switch l.Kind {
	case Restore:
		if (l.Reason == Lapsed) == (l.BodyH != "") || l.Reason != "" && l.Reason != Lapsed {
			return bad("restore with reason %q and body_h %q", l.Reason, l.BodyH)
		}
		if l.BodyH != "" {
			for _, v := range []string{l.AddedH, l.ClaimH, l.EvidenceRoot, l.ApprovalsH, l.Verdict, l.Lang} {
				if v == "" {
					return bad("restore with words but not all hashes")
				}
			}
		}
	case Feed, Dispute:
		if l.Reason != Added && l.Reason != Removed {
			return bad("reason %q", l.Reason)
		}
	case Policy:
		if (l.Page == DeclarationPage) != (l.OwnerKind != "" && l.FunderKind != "") || l.Page != DeclarationPage && l.Rev == 0 {
			return bad("policy of page %q", l.Page)
		}
	case Keys:
		return l.checkKeys()
	}
	return nil
}

func (l Leaf) checkKeys() error {
	member, log := l.Key != "", l.VKey != ""
	switch {
	case member == log:
		return bad("keys of neither a member nor the log")
	case member && (l.Reason != Added && l.Reason != Removed || l.VKeyOld != "" || l.SignatureOld != "" || l.SignatureNew != "" || l.Desk == ""):
		return bad("a member's key with reason %q", l.Reason)
	case member && l.Reason == Added && (l.Good == 0 || l.Until == 0 || (l.SPKI == "") != (l.Alg == 0)):
		return bad("a member's key without its days")
	case member && l.Reason == Removed && (l.Good != 0 || l.Until != 0 || l.SPKI != "" || l.Alg != 0):
		return bad("a member's key that goes, with more than its name")
	case log && (l.Desk != "" || l.Good != 0 || l.Until != 0 || l.SPKI != "" || l.Alg != 0):
		return bad("a key of the log with what members' keys have")
	case log && l.Reason == Rotated:
		if l.VKeyOld == "" || l.SignatureOld == "" || l.SignatureNew == "" {
			return bad("a rotation without both keys and both signatures")
		}
		return l.checkRotation()
	case log && (l.Reason != Added || l.VKeyOld != "" || l.SignatureOld != "" || l.SignatureNew != ""):
		return bad("a key of the log with reason %q", l.Reason)
	}
	return nil
}

func isHash(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == 32 && strings.ToLower(s) == s
}

// Hash is the hash that the log's tree has for a leaf, and that the next leaf
// of the same check names as prev: RFC 6962, in hex.
func Hash(leaf []byte) string {
	h := ledger.EntryHash(leaf)
	return hex.EncodeToString(h[:])
}
