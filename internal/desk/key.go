package desk

import "time"

// How approval keys live. They are constants and not options.
const (
	// KeyWait is how long a new key waits before it may approve, once the desk
	// has published: long enough for the other members to notice it.
	KeyWait = 72 * time.Hour
	// KeyLife is how long a key may approve. It is short so that a desk's output
	// cannot be added up per person.
	KeyLife = 180 * 24 * time.Hour
	// KeyWarn is the age from which a member is told to make a new one.
	KeyWarn = 150 * 24 * time.Hour
)

// ApprovalKey is what a member approves with: a public name and, where there is
// a passkey, its public half. A key never becomes another member's.
type ApprovalKey struct {
	ID       string
	MemberID string
	// PublicKey is a COSE key (RFC 9052); empty if approvals with this key are
	// not signed.
	PublicKey []byte
	// Made, Good and Until are when the key was made, from when and until when
	// it may approve. Retired is zero while it stands.
	Made, Good, Until, Retired time.Time
}

// Signs reports whether approvals with this key are signed.
func (k ApprovalKey) Signs() bool { return len(k.PublicKey) > 0 }

// NewApprovalKey gives a key made now its days: good at once at a desk that has
// not published yet, after KeyWait at any other.
func NewApprovalKey(id, memberID string, public []byte, now time.Time, published bool) ApprovalKey {
	k := ApprovalKey{ID: id, MemberID: memberID, PublicKey: public, Made: now, Good: now, Until: now.Add(KeyLife)}
	if published {
		k.Good = now.Add(KeyWait)
	}
	return k
}

// CheckKey reports why a key may not approve at a moment: error.key.young with
// the whole hours left, error.key.old, or error.key.retired.
func CheckKey(k ApprovalKey, now time.Time) error {
	const op = "check key"
	switch {
	case !k.Retired.IsZero() && !now.Before(k.Retired):
		return &Error{Kind: Forbidden, Op: op, Key: "error.key.retired"}
	case now.After(k.Until):
		return &Error{Kind: Forbidden, Op: op, Key: "error.key.old"}
	case now.Before(k.Good):
		hours := int((k.Good.Sub(now) + time.Hour - 1) / time.Hour)
		return &Error{Kind: Forbidden, Op: op, Key: "error.key.young", Args: map[string]any{"Count": hours}}
	}
	return nil
}
