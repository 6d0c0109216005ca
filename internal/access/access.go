// Package access says who sits at the desk: the members' sessions, the ways
// they sign in, their approval keys, and how members are taken in, recovered
// and let go. There are no other accounts, and none to begin with.
//
// Passkeys (W3C Web Authentication) come first. A password with a second step
// (RFC 6238) exists where there is no secure origin, and an organisation's own
// sign-in (OpenID Connect) where the operator named one. What a browser holds
// is a random token, of which the store has the hash.
package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"log/slog"
	"net/url"
	"time"

	"sangto/internal/desk"
	"sangto/internal/lang"
	"sangto/internal/store"
)

// The limits of a session and of a link. They are constants and not options.
const (
	// IdleFor ends a session that nobody used.
	IdleFor = 30 * time.Minute
	// SessionFor ends every session.
	SessionFor = 12 * time.Hour
	// ReauthFor is how long a member counts as having proved that it is them.
	ReauthFor = 5 * time.Minute
	// LinkFor is how long a one-time link works.
	LinkFor = 24 * time.Hour
	// challengeFor is how long a page with a passkey's challenge may stand open.
	challengeFor = 15 * time.Minute
	// recoveryFor is how long a recovery waits for the second administrator.
	recoveryFor = 72 * time.Hour
	// slack is how far a clock may be set back before what it opened is over.
	slack = time.Minute
)

// MAC is the part of the key ring that access needs: HMAC-SHA-256 under a key
// outside the database, over parts each with its length in front.
type MAC interface {
	FormMAC(parts ...[]byte) [32]byte
}

// Config is what an Access is made of. DB, Ring and URL are required.
type Config struct {
	DB   *store.DB
	Ring MAC
	// URL is the address of the desk. Passkeys belong to its host; whether
	// cookies are secure and whether passwords are offered follows its scheme.
	URL *url.URL
	// Name is the desk's name, which authenticators show beside their keys.
	Name string
	// Clock is the time; nil is time.Now.
	Clock func() time.Time
	// Random is where tokens come from; nil is crypto/rand.
	Random io.Reader
	// Logger gets one line for each sign-in, refusal and change, by key id and
	// never with an address; nil drops them.
	Logger *slog.Logger
	// Organisation is the OpenID Connect provider members may sign in with.
	Organisation *Organisation
}

// Access keeps the desk's door. It is safe for concurrent use.
type Access struct {
	db     *store.DB
	ring   MAC
	url    *url.URL
	clock  func() time.Time
	random io.Reader
	log    *slog.Logger
	keys   *passkeys // nil where passkeys cannot be
	org    *provider // nil where none was named
	dummy  string    // a hash that no password has
}

// New returns an Access. It fails if the desk's address cannot be one.
func New(c Config) (*Access, error) {
	a := &Access{db: c.DB, ring: c.Ring, url: DeskURL(c.URL), clock: c.Clock, random: c.Random, log: c.Logger}
	if a.clock == nil {
		a.clock = time.Now
	}
	if a.random == nil {
		a.random = rand.Reader
	}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	var err error
	if a.keys, err = newPasskeys(a.url, c.Name); err != nil {
		return nil, err
	}
	if a.dummy, err = hashPassword(rand.Text()); err != nil {
		return nil, err
	}
	a.org = newProvider(c.Organisation, a.url)
	return a, nil
}

// Seat is a member at work: who it is, in which language, and whether they
// proved within the last minutes that it is still them.
type Seat struct {
	Member desk.Member
	// Lang is the tag of the member's language.
	Lang string
	// Reauthenticated is true for ReauthFor after the member signed in or
	// confirmed. Changes of keys and unsigned approvals need it.
	Reauthenticated bool
}

// DeskURL is the address under which the desk's pages must be opened for
// passkeys to work: they belong to a name, so this machine's number becomes its
// name.
func DeskURL(public *url.URL) *url.URL {
	u := &url.URL{Scheme: public.Scheme, Host: public.Host}
	if loopbackNumber(u.Hostname()) {
		u.Host = "localhost"
		if port := public.Port(); port != "" {
			u.Host += ":" + port
		}
	}
	return u
}

// URL is the desk's address, in which links are made.
func (a *Access) URL() *url.URL { return a.url }

// Passkeys reports whether this address can have passkeys.
func (a *Access) Passkeys() bool { return a.keys != nil }

// Passwords reports whether members may have a password: only where the
// address is not secure.
func (a *Access) Passwords() bool { return a.url.Scheme != "https" }

// OrganisationName is what the sign-in of the organisation is called, "" if
// there is none.
func (a *Access) OrganisationName() string {
	if a.org == nil {
		return ""
	}
	return a.org.name
}

// CookieName is the name of the session cookie at an address. Browsers keep a
// __Secure- cookie to secure connections.
func CookieName(deskURL *url.URL) string {
	if deskURL.Scheme == "https" {
		return "__Secure-sangto"
	}
	return "sangto"
}

// SetLang keeps the language a member reads.
func (a *Access) SetLang(ctx context.Context, memberID, tag string) error {
	return a.db.Update(ctx, func(tx *store.Tx) error { return tx.SetMemberLang(memberID, tag) })
}

// newToken draws a 256-bit token and its hash.
func (a *Access) newToken() (token string, hash []byte, err error) {
	var b [32]byte
	if _, err := io.ReadFull(a.random, b[:]); err != nil {
		return "", nil, err
	}
	token = encoding.EncodeToString(b[:])
	return token, hashOf(token), nil
}

// encoding refuses stray bits, so that each token has one spelling.
var encoding = base64.RawURLEncoding.Strict()

// hashOf is what the store keeps of a token or a code. Both are random, 256
// and 130 bits, so that a plain hash can be neither guessed nor looked up.
func hashOf(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

func unauthenticated(op, key string) error {
	return &desk.Error{Kind: desk.Unauthenticated, Op: op, Key: key}
}

func forbidden(op, key string, cause error) error {
	return &desk.Error{Kind: desk.Forbidden, Op: op, Key: key, Err: cause}
}

func invalid(op, key string, args ...any) error {
	e := &desk.Error{Kind: desk.Invalid, Op: op, Key: key, Args: map[string]any{}}
	for i := 0; i+1 < len(args); i += 2 {
		if name, ok := args[i].(string); ok {
			e.Args[name] = args[i+1]
		}
	}
	return e
}

// knownLang keeps to the languages there are.
func knownLang(tag string) string {
	for _, t := range lang.Tags() {
		if t == tag {
			return tag
		}
	}
	return lang.Vietnamese
}

// note writes a line about a member's act at the door into the program's log:
// by the public name of the key, and nothing about where it came from.
func (a *Access) note(ctx context.Context, what, keyID string, err error) {
	if err != nil {
		a.log.LogAttrs(ctx, slog.LevelWarn, what, slog.String("key_id", keyID), slog.String("refused", desk.KindOf(err).String()))
		return
	}
	a.log.LogAttrs(ctx, slog.LevelInfo, what, slog.String("key_id", keyID))
}
