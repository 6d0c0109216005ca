package access_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"sangto/internal/access"
	"sangto/internal/desk"
)

const (
	clientID     = "sangto"
	clientSecret = "a secret: of the desk+theirs & 100%"
)

// claims are those of an ID token, or its header.
type claims map[string]any

// idp is an OpenID Connect provider: discovery, an authorization endpoint with
// PKCE (RFC 7636) that asks nobody, a token endpoint, keys. What it signs can be
// bent.
type idp struct {
	*httptest.Server
	t   *testing.T
	key *rsa.PrivateKey // the one it publishes
	now func() time.Time

	mu      sync.Mutex
	subject string
	asked   map[string]url.Values // by code
	forger  *rsa.PrivateKey       // signs in its place, where not nil
	bend    func(header, c claims)
	status  int // of the token endpoint, where not 200
	says    claims
	calls   map[string]int
}

func newIDP(t *testing.T, now func() time.Time) *idp {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &idp{t: t, key: key, now: now, subject: "s-hoa", asked: map[string]url.Values{}, calls: map[string]int{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET /keys", p.keys)
	mux.HandleFunc("GET /auth", p.auth)
	mux.HandleFunc("POST /token", p.token)
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.calls[r.URL.Path]++
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(p.Close)
	return p
}

// set changes what the provider does from now on.
func (p *idp) set(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

func answerJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func (p *idp) discovery(w http.ResponseWriter, _ *http.Request) {
	c := claims{
		"issuer": p.URL, "authorization_endpoint": p.URL + "/auth", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256"}, "code_challenge_methods_supported": []string{"S256"},
	}
	maps.Copy(c, p.says)
	answerJSON(w, http.StatusOK, c)
}

func (p *idp) keys(w http.ResponseWriter, _ *http.Request) {
	answerJSON(w, http.StatusOK, claims{"keys": []claims{{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "k1",
		"n": b64(p.key.N.Bytes()), "e": b64(big.NewInt(int64(p.key.E)).Bytes()),
	}}})
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (p *idp) auth(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	for name, want := range map[string]string{
		"response_type": "code", "client_id": clientID, "redirect_uri": secure + access.VisitPath, "scope": "openid", "code_challenge_method": "S256",
	} {
		if q.Get(name) != want {
			p.t.Errorf("the provider is asked with %s=%q, want %q", name, q.Get(name), want)
		}
	}
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		if len(q.Get(name)) < 43 {
			p.t.Errorf("the provider is asked with %s=%q", name, q.Get(name))
		}
	}
	code := rand.Text()
	p.asked[code] = q
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+url.Values{"code": {code}, "state": {q.Get("state")}}.Encode(), http.StatusFound)
}

func (p *idp) token(w http.ResponseWriter, r *http.Request) {
	if p.status != 0 {
		answerJSON(w, p.status, claims{"error": "server_error"})
		return
	}
	// RFC 6749, 2.3.1: both halves are form-encoded before they are joined.
	id, secret, _ := r.BasicAuth()
	secret, _ = url.QueryUnescape(secret)
	if id != clientID || secret != clientSecret {
		answerJSON(w, http.StatusUnauthorized, claims{"error": "invalid_client"})
		return
	}
	code := r.PostFormValue("code")
	q, ok := p.asked[code]
	delete(p.asked, code)
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !ok || b64(sum[:]) != q.Get("code_challenge") || r.PostFormValue("redirect_uri") != q.Get("redirect_uri") {
		answerJSON(w, http.StatusBadRequest, claims{"error": "invalid_grant"})
		return
	}
	now := p.now().Unix()
	c := claims{"iss": p.URL, "sub": p.subject, "aud": clientID, "exp": now + 300, "iat": now, "nonce": q.Get("nonce")}
	if q.Get("max_age") != "" {
		c["auth_time"] = now
	}
	header := claims{"alg": "RS256", "kid": "k1", "typ": "JWT"}
	if p.bend != nil {
		p.bend(header, c)
	}
	answerJSON(w, http.StatusOK, claims{"access_token": rand.Text(), "token_type": "Bearer", "expires_in": 300, "id_token": p.sign(header, c)})
}

// sign makes a compact JWS (RFC 7515), as its header says.
func (p *idp) sign(header, c claims) string {
	h, _ := json.Marshal(header)
	b, _ := json.Marshal(c)
	text := b64(h) + "." + b64(b)
	if header["alg"] == "none" {
		return text + "."
	}
	sum := sha256.Sum256([]byte(text))
	key := p.key
	if p.forger != nil {
		key = p.forger
	}
	sig, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		p.t.Error(err)
	}
	return text + "." + b64(sig)
}

// organised is a door that knows a provider.
func organised(t *testing.T, issuer string) *door {
	t.Helper()
	return openDoor(t, secure, func(c *access.Config) {
		c.Organisation = &access.Organisation{Issuer: issuer, Name: "Toà soạn", ClientID: clientID, ClientSecret: clientSecret}
	})
}

// back is what the provider sent the browser back with.
type back struct{ cookie, state, code string }

// goThere is the browser at a provider that asks nothing.
func (d *door) goThere(token, code string) (back, error) {
	d.t.Helper()
	v, err := d.BeginVisit(d.t.Context(), token, code, "/desk/queue")
	if err != nil {
		return back{}, err
	}
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.Get(v.Address)
	if err != nil {
		d.t.Fatal(err)
	}
	_ = resp.Body.Close()
	to, err := resp.Location()
	if err != nil {
		d.t.Fatalf("the provider answers %d: %v", resp.StatusCode, err)
	}
	return back{cookie: v.Cookie, state: to.Query().Get("state"), code: to.Query().Get("code")}, nil
}

func (d *door) comeBack(b back) (string, error) {
	token, _, err := d.FinishVisit(d.t.Context(), "", b.cookie, b.state, b.code)
	return token, err
}

// goAndBack is a whole visit.
func (d *door) goAndBack(token, code string) (string, error) {
	d.t.Helper()
	b, err := d.goThere(token, code)
	if err != nil {
		return "", err
	}
	return d.comeBack(b)
}

// bound takes a member in with the account the provider has open.
func (d *door) bound(name string) *worker {
	d.t.Helper()
	l := d.link(name, desk.Editor)
	token, err := d.goAndBack("", l.Code)
	if err != nil {
		d.t.Fatal(err)
	}
	return &worker{id: l.Member.ID, token: token}
}

// TestOrganisation goes the whole way: link, account, sign-in, proof, and what
// is refused on it.
func TestOrganisation(t *testing.T) {
	var d *door
	p := newIDP(t, func() time.Time { return d.clock.now() })
	d = organised(t, p.URL)
	if d.OrganisationName() != "Toà soạn" {
		t.Errorf("the button says %q", d.OrganisationName())
	}
	w := d.bound("Hoa")
	if seat, err := d.Seat(t.Context(), w.token); err != nil || seat.Member.ID != w.id || !seat.Reauthenticated {
		t.Fatalf("%+v %v", seat, err)
	}
	own, err := d.Own(t.Context(), w.token)
	if err != nil || len(own.Identities) != 1 || own.Identities[0] != p.URL {
		t.Fatalf("%+v %v", own.Identities, err)
	}
	token, err := d.goAndBack("", "")
	if err != nil {
		t.Fatal(err)
	}
	seat, err := d.Seat(t.Context(), token)
	if err != nil || seat.Member.ID != w.id {
		t.Fatalf("%+v %v", seat, err)
	}
	d.clock.move(6 * time.Minute)
	if seat, _ = d.Seat(t.Context(), token); seat.Reauthenticated {
		t.Error("still proved after six minutes")
	}
	fresh, err := d.goAndBack(token, "")
	if err != nil || fresh == token {
		t.Fatalf("proof: %v", err)
	}
	if seat, _ = d.Seat(t.Context(), fresh); !seat.Reauthenticated {
		t.Error("the proof does not count")
	}
	_, err = d.Seat(t.Context(), token)
	refused(t, "the token from before the proof", err, "error.session.over")

	// One account, one member; another's account proves nothing.
	l := d.link("Minh", desk.Editor)
	_, err = d.goAndBack("", l.Code)
	refused(t, "an account bound already", err, "error.organisation.taken")
	p.set(func() { p.subject = "s-minh" })
	_, err = d.goAndBack("", "")
	refused(t, "a subject nobody enrolled", err, "error.organisation.unknown")
	if _, err = d.goAndBack("", l.Code); err != nil {
		t.Fatalf("after a refusal the link is used up: %v", err)
	}
	_, err = d.goAndBack(fresh, "")
	refused(t, "a proof with another's account", err, "error.passkey.others")
	_, err = d.goAndBack("", l.Code)
	refused(t, "the link again", err, "error.link.dead")

	// Whoever has left has no account here.
	lan := d.enrol("Lan", desk.Admin)
	if err := d.End(t.Context(), lan.token, l.Member.ID); err != nil {
		t.Fatal(err)
	}
	_, err = d.goAndBack("", "")
	refused(t, "a member who left", err, "error.organisation.unknown")
}

// TestHostileTokens bends one thing of the provider's answer at a time: none
// signs in, and afterwards a good one does.
func TestHostileTokens(t *testing.T) {
	var d *door
	p := newIDP(t, func() time.Time { return d.clock.now() })
	d = organised(t, p.URL)
	w := d.bound("Hoa")
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, bend := range map[string]func(header, c claims){
		"another nonce":              func(_, c claims) { c["nonce"] = "bm90IHRoZSBxdWVzdGlvbg" },
		"no nonce":                   func(_, c claims) { delete(c, "nonce") },
		"another audience":           func(_, c claims) { c["aud"] = "another-desk" },
		"no audience":                func(_, c claims) { delete(c, "aud") },
		"made for another party":     func(_, c claims) { c["aud"], c["azp"] = []string{"another-desk", clientID}, "another-desk" },
		"many audiences, no party":   func(_, c claims) { c["aud"] = []string{"another-desk", clientID} },
		"expired":                    func(_, c claims) { c["exp"] = d.clock.now().Add(-time.Second).Unix() },
		"no end":                     func(_, c claims) { delete(c, "exp") },
		"not good yet":               func(_, c claims) { c["nbf"] = d.clock.now().Add(time.Hour).Unix() },
		"another issuer":             func(_, c claims) { c["iss"] = "https://evil.example" },
		"the issuer with a slash":    func(_, c claims) { c["iss"] = p.URL + "/" },
		"no subject":                 func(_, c claims) { delete(c, "sub") },
		"an empty subject":           func(_, c claims) { c["sub"] = "" },
		"a subject that is too long": func(_, c claims) { c["sub"] = strings.Repeat("s", 256) },
		"not signed":                 func(h, _ claims) { h["alg"] = "none" },
		"signed with the secret":     func(h, _ claims) { h["alg"] = "HS256" },
		"signed by a stranger":       func(_, _ claims) { p.forger = other },
		"a key nobody knows":         func(h, _ claims) { h["kid"], p.forger = "k2", other },
	} {
		p.set(func() { p.bend = bend })
		_, err := d.goAndBack("", "")
		p.set(func() { p.forger = nil })
		refused(t, name, err, "error.organisation.refused")
	}
	// A proof and a link need a provider that asked just now.
	l := d.link("Minh", desk.Editor)
	for name, bend := range map[string]func(_, c claims){
		"no word of when it asked": func(_, c claims) { delete(c, "auth_time") },
		"asked an hour ago":        func(_, c claims) { c["auth_time"] = d.clock.now().Add(-time.Hour).Unix() },
		"asked in the future":      func(_, c claims) { c["auth_time"] = d.clock.now().Add(time.Hour).Unix() },
		"asked at no time":         func(_, c claims) { c["auth_time"] = "now" },
	} {
		p.set(func() { p.bend = bend })
		_, err := d.goAndBack(w.token, "")
		refused(t, "proof, "+name, err, "error.organisation.refused")
		_, err = d.goAndBack("", l.Code)
		refused(t, "link, "+name, err, "error.organisation.refused")
	}
	// Mail is not who somebody is, verified or not.
	p.set(func() {
		p.subject = "s-stranger"
		p.bend = func(_, c claims) {
			c["email"], c["email_verified"], c["preferred_username"], c["name"] = "hoa@desk.example", false, "s-hoa", "Hoa"
		}
	})
	_, err = d.goAndBack("", "")
	refused(t, "a stranger with Hoa's mail", err, "error.organisation.unknown")
	p.set(func() {
		p.subject, p.bend = "s-hoa", func(_, c claims) { c["email"], c["aud"] = "gone@desk.example", []string{clientID} }
	})
	if _, err := d.goAndBack("", ""); err != nil {
		t.Errorf("a good token after all that: %v", err)
	}
}

// TestVisitsWorkOnce replays and mixes what browsers bring back.
func TestVisitsWorkOnce(t *testing.T) {
	var d *door
	p := newIDP(t, func() time.Time { return d.clock.now() })
	d = organised(t, p.URL)
	w := d.bound("Hoa")
	visit := func() back {
		b, err := d.goThere("", "")
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	b := visit()
	if _, err := d.comeBack(b); err != nil {
		t.Fatal(err)
	}
	if _, err := d.comeBack(b); err == nil {
		t.Error("the same answer signs in twice")
	}
	// A provider that takes a code twice does not open the door twice.
	second := visit()
	p.set(func() {
		q := p.asked[second.code]
		p.bend = func(_, _ claims) { p.asked[second.code] = q }
	})
	if _, err := d.comeBack(second); err != nil {
		t.Fatal(err)
	}
	_, err := d.comeBack(second)
	refused(t, "a replayed state whose code works again", err, "error.organisation.late")
	p.set(func() { p.bend = nil })

	mine, other := visit(), visit()
	proof, err := d.goThere(w.token, "")
	if err != nil {
		t.Fatal(err)
	}
	before := p.calls["/token"]
	for name, b := range map[string]back{
		"another browser's cookie": {other.cookie, mine.state, mine.code},
		"no cookie":                {"", mine.state, mine.code},
		"a made-up cookie":         {strings.Repeat("A", 300), mine.state, mine.code},
		"a long cookie":            {strings.Repeat("A", 1<<20), mine.state, mine.code},
		"a bent cookie":            {mine.cookie[:len(mine.cookie)-2] + "AA", mine.state, mine.code},
		"no state":                 {mine.cookie, "", mine.code},
		"a proof's state":          {mine.cookie, proof.state, mine.code},
	} {
		_, err := d.comeBack(b)
		refused(t, name, err, "error.organisation.late")
	}
	_, err = d.comeBack(back{mine.cookie, mine.state, ""})
	refused(t, "whoever said no over there", err, "error.organisation.refused")
	if p.calls["/token"] != before {
		t.Error("the provider is asked about answers that are none")
	}
	_, err = d.comeBack(back{mine.cookie, mine.state, other.code})
	refused(t, "another visit's code", err, "error.organisation.refused")
	late := visit()
	d.clock.move(16 * time.Minute)
	_, err = d.comeBack(late)
	refused(t, "a visit of sixteen minutes", err, "error.organisation.late")
}

// TestProviderDown: a provider that is away, broken or somebody else is said
// so, asked again later, and keeps nobody waiting for long.
func TestProviderDown(t *testing.T) {
	var d *door
	p := newIDP(t, func() time.Time { return d.clock.now() })
	d = organised(t, p.URL)
	down := func(what string, err error) {
		t.Helper()
		refused(t, what, err, "error.organisation.down")
		if desk.KindOf(err) != desk.Unavailable {
			t.Errorf("%s is %v", what, desk.KindOf(err))
		}
	}
	p.set(func() { p.says = claims{"issuer": "https://evil.example"} })
	_, err := d.goThere("", "")
	down("discovery of another issuer", err)
	p.set(func() { p.says = claims{"padding": strings.Repeat("x", 2<<20)} })
	_, err = d.goThere("", "")
	down("discovery without end", err)
	p.set(func() { p.says = nil })
	w := d.bound("Hoa")
	p.set(func() { p.status = http.StatusBadGateway })
	_, err = d.goAndBack("", "")
	down("a token endpoint that is broken", err)
	p.set(func() { p.status = http.StatusBadRequest })
	_, err = d.goAndBack("", "")
	refused(t, "a token endpoint that says no", err, "error.organisation.refused")
	p.set(func() { p.status = 0 })
	b, err := d.goThere("", "")
	if err != nil {
		t.Fatal(err)
	}
	p.Close()
	_, err = d.comeBack(b)
	down("gone in the middle", err)
	if _, err := d.Seat(t.Context(), w.token); err != nil {
		t.Errorf("who is in stays in: %v", err)
	}

	// Never there at all: the desk opens, and its other doors work.
	gone := organised(t, p.URL)
	_, err = gone.goThere("", "")
	down("never there", err)
	lan := gone.enrol("Lan", desk.Admin)
	if err := gone.signIn(lan); err != nil {
		t.Errorf("passkeys while the provider is down: %v", err)
	}
	none := openDoor(t, secure)
	_, err = none.BeginVisit(t.Context(), "", "", "")
	refused(t, "no provider", err, "error.organisation.none")
	_, _, err = none.FinishVisit(t.Context(), "", "x", "x", "x")
	refused(t, "an answer without a provider", err, "error.organisation.none")
}

// TestProviderHangs: those who wait together wait once.
func TestProviderHangs(t *testing.T) {
	calls := make(chan struct{}, 100)
	hold := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls <- struct{}{}
		<-hold
		w.WriteHeader(http.StatusBadGateway)
	}))
	defer srv.Close()
	d := organised(t, srv.URL)
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			_, err := d.BeginVisit(t.Context(), "", "", "")
			refused(t, "a provider that hangs", err, "error.organisation.down")
		})
	}
	<-calls
	time.Sleep(100 * time.Millisecond) // the others queue behind the first
	close(hold)
	wg.Wait()
	if n := 1 + len(calls); n > 2 {
		t.Errorf("ten who came together asked %d times", n)
	}
}
