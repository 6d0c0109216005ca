package access

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base32"
	"fmt"
	"image"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"sangto/internal/desk"
	"sangto/internal/store"
)

// The bounds of a password, in characters and bytes, and of the name it goes
// with.
const (
	passwordMin   = 12
	passwordBytes = 1024
	nameMax       = 80
)

// The second step: RFC 6238 with its defaults, one step of tolerance each way.
const (
	stepSeconds = 30
	stepSkew    = 1
	secretSize  = 20
)

// A name is held after holdAfter failures, for holdFirst, twice as long after
// each further one, at most holdMost. A name nobody has is held just the same.
const (
	holdAfter = 5
	holdFirst = time.Minute
	holdMost  = 15 * time.Minute
)

// hashPassword is argon2id (RFC 9106) at the cost that OWASP's password storage
// sheet gives for 19 MiB, which sixteen attempts at once must not turn into a
// machine without memory.
func hashPassword(password string) (string, error) {
	return argon2id.CreateHash(password, &argon2id.Params{
		Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32,
	})
}

// foldName makes one spelling of a name somebody signs in with.
func foldName(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }

// checkPassword refuses what is guessed first.
func checkPassword(name, password string) error {
	const op = "choose a password"
	low := strings.ToLower(password)
	kinds := map[rune]bool{}
	for _, r := range low {
		kinds[r] = true
	}
	switch {
	case !utf8.ValidString(password) || len(password) > passwordBytes || utf8.RuneCountInString(password) < passwordMin:
		return invalid(op, "error.password.short", "Min", passwordMin)
	case len(kinds) < 6, strings.Contains(low, name), strings.Contains(low, strings.ReplaceAll(name, " ", "")):
		return invalid(op, "error.password.weak")
	}
	return nil
}

// seal encrypts the secret of the second step under a key outside the
// database, bound to its member.
func (a *Access) seal(memberID string, secret []byte) ([]byte, error) {
	box, err := a.box()
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, box.NonceSize())
	if _, err := io.ReadFull(a.random, nonce); err != nil {
		return nil, err
	}
	return box.Seal(nonce, nonce, secret, []byte(memberID)), nil
}

func (a *Access) unseal(memberID string, sealed []byte) ([]byte, error) {
	box, err := a.box()
	if err != nil || len(sealed) < box.NonceSize() {
		return nil, err
	}
	return box.Open(nil, sealed[:box.NonceSize()], sealed[box.NonceSize():], []byte(memberID))
}

func (a *Access) box() (cipher.AEAD, error) {
	key := a.ring.FormMAC([]byte("access-second-step-v1"))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

var secretEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// stepOf returns the time step whose code this is, 0 if there is none near now.
func stepOf(secret []byte, code string, now time.Time) int64 {
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	at := now.Unix() / stepSeconds
	found := int64(0)
	for step := at - stepSkew; step <= at+stepSkew; step++ {
		ok, err := hotp.ValidateCustom(code, uint64(step), secretEncoding.EncodeToString(secret),
			hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && ok && found == 0 {
			found = step
		}
	}
	return found
}

// SecondStep is what an authenticator app is set up with.
type SecondStep struct {
	// Secret is for typing, in groups; Link is the otpauth address of a QR code.
	Secret, Link string
}

// secondStep derives the secret that a page shows and its form confirms. It
// depends on what only this page knows, so that nothing is stored before the
// form comes back.
func (a *Access) secondStep(m desk.Member, origin string) ([]byte, SecondStep, error) {
	sum := a.ring.FormMAC([]byte("access-second-step-secret-v1"), []byte(m.ID), []byte(origin))
	secret := sum[:secretSize]
	text := secretEncoding.EncodeToString(secret)
	link := "otpauth://totp/" + urlPart(a.url.Host+":"+m.Name) + "?secret=" + text + "&issuer=" + urlPart(a.url.Host)
	key, err := otp.NewKeyFromURL(link)
	if err != nil {
		return nil, SecondStep{}, err
	}
	var groups []string
	for i := 0; i < len(text); i += 4 {
		groups = append(groups, text[i:min(i+4, len(text))])
	}
	return secret, SecondStep{Secret: strings.Join(groups, " "), Link: key.URL()}, nil
}

// newPassword judges what a member chose and makes it ready to be kept.
func (a *Access) newPassword(m desk.Member, origin, name, password, code string, now time.Time) (store.Password, error) {
	const op = "choose a password"
	name = foldName(name)
	if name == "" || utf8.RuneCountInString(name) > nameMax || !utf8.ValidString(name) {
		return store.Password{}, invalid(op, "error.password.name", "Max", nameMax)
	}
	if err := checkPassword(name, password); err != nil {
		return store.Password{}, err
	}
	secret, _, err := a.secondStep(m, origin)
	if err != nil {
		return store.Password{}, err
	}
	step := stepOf(secret, code, now)
	if step == 0 {
		return store.Password{}, invalid(op, "error.password.step")
	}
	hash, err := hashPassword(password)
	if err != nil {
		return store.Password{}, err
	}
	sealed, err := a.seal(m.ID, secret)
	return store.Password{MemberID: m.ID, Name: name, Hash: hash, Secret: sealed, Step: step, Made: now}, err
}

// SignInPassword opens a session for whoever knows a member's name, password
// and present code. It works as long for a name that nobody has, and says the
// same of each way to be wrong. A name that was tried too often is held for a
// while: error.password.held.
func (a *Access) SignInPassword(ctx context.Context, old, name, password, code string) (token string, err error) {
	p, err := a.checkPasswordOf(ctx, name, password, code)
	if err == nil {
		err = a.db.Update(ctx, func(tx *store.Tx) (err error) {
			token, err = a.open(tx, p.MemberID, byPassword, old)
			return err
		})
	}
	a.noteMember(ctx, "sign in with a password", p.MemberID, err)
	return token, err
}

// ProvePassword counts the session as proved. Its token changes.
func (a *Access) ProvePassword(ctx context.Context, token, password, code string) (fresh string, err error) {
	var p store.Password
	err = a.db.View(ctx, func(tx *store.Tx) error {
		seat, _, err := a.seated(tx, token)
		if err != nil {
			return err
		}
		p, err = tx.PasswordOf(seat.Member.ID)
		return err
	})
	if desk.KindOf(err) == desk.NotFound {
		return "", forbidden("confirm", "error.password.wrong", nil)
	}
	if err != nil {
		return "", err
	}
	if _, err = a.checkPasswordOf(ctx, p.Name, password, code); err == nil {
		err = a.db.Update(ctx, func(tx *store.Tx) (err error) {
			fresh, err = a.renew(tx, token)
			return err
		})
	}
	a.noteMember(ctx, "confirm with a password", p.MemberID, err)
	return fresh, err
}

// checkPasswordOf compares a password and takes a code, once.
func (a *Access) checkPasswordOf(ctx context.Context, name, password, code string) (store.Password, error) {
	const op = "sign in"
	wrong := forbidden(op, "error.password.wrong", nil)
	if len(password) > passwordBytes || len(name) > 4*nameMax || len(code) > 20 || !utf8.ValidString(name) || strings.ContainsRune(name, 0) {
		return store.Password{}, wrong
	}
	name = foldName(name)
	mac := a.ring.FormMAC([]byte("access-name-v1"), []byte(name))
	p, err := a.tried(ctx, name, mac[:])
	if err != nil {
		return store.Password{}, err
	}
	hash := p.Hash
	if hash == "" {
		hash = a.dummy
	}
	match, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return store.Password{}, err
	}
	secret, err := a.unseal(p.MemberID, p.Secret)
	if err != nil {
		return store.Password{}, &desk.Error{Kind: desk.Internal, Op: op, Err: err}
	}
	step := stepOf(secret, code, a.clock())
	if !match || p.MemberID == "" || step == 0 {
		return store.Password{MemberID: p.MemberID}, wrong
	}
	err = a.db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.TakeStep(p.MemberID, step); err != nil {
			return conflictAs(err, wrong)
		}
		return tx.PutAttempts(mac[:], store.Attempts{})
	})
	return p, err
}

// tried counts an attempt before its password is looked at, so that many at
// once are all counted, and finds the password of the name, none for a name
// that nobody has.
func (a *Access) tried(ctx context.Context, name string, mac []byte) (p store.Password, err error) {
	err = a.db.Update(ctx, func(tx *store.Tx) error {
		tries, err := tx.Attempts(mac)
		if err != nil {
			return err
		}
		now := tx.Now()
		if left := tries.HeldUntil.Sub(now); left > 0 && left <= holdMost+slack && tries.Failures >= holdAfter {
			return &desk.Error{
				Kind: desk.TooMany, Op: "sign in", Key: "error.password.held",
				Args: map[string]any{"Count": int((left + time.Minute - 1) / time.Minute)},
			}
		}
		tries.Failures++
		tries.HeldUntil = now.Add(holdFor(tries.Failures))
		if err := tx.PutAttempts(mac, tries); err != nil {
			return err
		}
		p, err = tx.PasswordNamed(name)
		if desk.KindOf(err) == desk.NotFound {
			p, err = store.Password{}, nil
		}
		return err
	})
	return p, err
}

func holdFor(failures int) time.Duration {
	d := holdFirst
	for i := holdAfter; i < failures && d < holdMost; i++ {
		d *= 2
	}
	return min(d, holdMost)
}

// noteMember is note for an act whose key is not known yet.
func (a *Access) noteMember(ctx context.Context, what, memberID string, err error) {
	keyID := ""
	if memberID != "" {
		_ = a.db.View(ctx, func(tx *store.Tx) error {
			m, err := tx.Member(memberID)
			keyID = m.KeyID
			return err
		})
	}
	a.note(ctx, what, keyID, err)
}

// QR returns the link as a QR code: its side in modules, with a margin of four,
// and the dark modules as the path of a drawing. It returns nothing for a link
// too long for one.
func (s SecondStep) QR() (side int, path string) {
	key, err := otp.NewKeyFromURL(s.Link)
	if err != nil {
		return 0, ""
	}
	// The library only draws pictures. A code has at most 177 modules; the
	// picture is a whole number of dots to a module, centred.
	const dots = 2048
	picture, err := key.Image(dots, dots)
	if err != nil {
		return 0, ""
	}
	return modules(picture, dots)
}

// modules reads a drawn code back into squares: the corner mark at its upper
// left is seven modules wide.
func modules(picture image.Image, dots int) (side int, path string) {
	dark := func(x, y int) bool {
		r, _, _, _ := picture.At(x, y).RGBA()
		return r < 0x8000
	}
	start := 0
	for start < dots && !dark(start, start) {
		start++
	}
	width := 0
	for start+width < dots && dark(start+width, start) {
		width++
	}
	size := width / 7
	if size == 0 {
		return 0, ""
	}
	count := (dots - 2*start) / size
	var b strings.Builder
	for y := range count {
		for x := range count {
			if dark(start+x*size+size/2, start+y*size+size/2) {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x+4, y+4)
			}
		}
	}
	return count + 8, b.String()
}
