package access

import (
	"crypto/hmac"
	"encoding/binary"
	"io"
	"time"

	"sangto/internal/store"
)

// What a challenge is for. It is part of what is signed, so that an answer to
// one is no answer to another.
const (
	toSignIn   = "sign-in"
	toProve    = "prove"
	toRegister = "register"
	toVisit    = "visit" // the organisation's sign-in
)

// A challenge is a nonce, the moment it ends, and a MAC over both, the purpose
// and the subject. Nothing is stored when one is handed out; that it was
// answered is, so that it works once.
const (
	challengeNonce = 16
	challengeSize  = challengeNonce + 8 + 32
)

// challenge makes one for a purpose and a subject: a member, a session, a code.
func (a *Access) challenge(purpose, subject string) ([]byte, error) {
	b := make([]byte, challengeNonce+8, challengeSize)
	if _, err := io.ReadFull(a.random, b[:challengeNonce]); err != nil {
		return nil, err
	}
	binary.BigEndian.PutUint64(b[challengeNonce:], uint64(a.clock().Add(challengeFor).UnixMilli()))
	sum := a.sign(purpose, subject, b)
	return append(b, sum[:]...), nil
}

func (a *Access) sign(purpose, subject string, b []byte) [32]byte {
	return a.ring.FormMAC([]byte("access-challenge-v1"), []byte(purpose), []byte(subject), b)
}

// genuine reports whether b is a challenge of ours for a purpose and a subject
// that has not ended.
func (a *Access) genuine(purpose, subject string, b []byte) bool {
	if len(b) != challengeSize {
		return false
	}
	sum := a.sign(purpose, subject, b[:challengeNonce+8])
	if !hmac.Equal(sum[:], b[challengeNonce+8:]) {
		return false
	}
	left := ends(b).Sub(a.clock())
	return left > 0 && left <= challengeFor+slack
}

// ends is the moment a challenge ends.
func ends(b []byte) time.Time {
	return time.UnixMilli(int64(binary.BigEndian.Uint64(b[challengeNonce:])))
}

// answer uses a challenge up. The second answer is refused.
func answer(tx *store.Tx, b []byte) error {
	return tx.Answer(hashOf(string(b)), ends(b).Add(slack))
}

// holder is the random name under which an authenticator files a passkey: a
// new one for each, drawn from its challenge, so that a second key on the same
// device does not displace the first.
func (a *Access) holder(challenge []byte) []byte {
	sum := a.ring.FormMAC([]byte("access-holder-v1"), challenge)
	return sum[:]
}
