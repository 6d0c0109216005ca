package access

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"sangto/internal/desk"
	"sangto/internal/store"
)

// Organisation is an OpenID Connect provider whose accounts members may sign in
// with. Only members who were taken in come in that way: an account must have
// been bound to a member, with a one-time link of theirs. It is known by issuer
// and subject alone; mail and names say nothing (OpenID Connect Core 1.0, 5.7).
type Organisation struct {
	// Issuer is the provider's address, https or on this machine.
	Issuer string
	// Name is what the button says.
	Name                   string
	ClientID, ClientSecret string
}

// VisitPath is where the provider sends the browser back to.
const VisitPath = "/desk/sign-in/organisation/back"

// What asking the provider may cost.
const (
	providerTime = 10 * time.Second
	providerMax  = 1 << 20 // bytes of one answer
)

// provider is a configured Organisation. What it says of itself is read when
// it is first needed: a provider that is down must not keep the desk from
// starting.
type provider struct {
	Organisation
	name   string
	back   string
	client *http.Client

	mu     sync.Mutex
	found  *oidc.Provider
	failed error     // of the last asking
	ended  time.Time // when it failed
}

func newProvider(o *Organisation, deskURL *url.URL) *provider {
	if o == nil || o.Issuer == "" {
		return nil
	}
	name := o.Name
	if name == "" {
		if u, err := url.Parse(o.Issuer); err == nil {
			name = u.Host
		}
	}
	return &provider{
		Organisation: *o, name: name, back: deskURL.Scheme + "://" + deskURL.Host + VisitPath,
		client: &http.Client{Timeout: providerTime, Transport: cappedTransport{}, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}},
	}
}

// cappedTransport cuts an answer off at providerMax.
type cappedTransport struct{}

// RoundTrip implements http.RoundTripper.
func (cappedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(resp.Body, providerMax), resp.Body}
	}
	return resp, err
}

// config asks the provider what it is, once. Those who come while somebody
// asks take that answer, also if there was none: a provider that hangs keeps
// everybody waiting once, not one after the other.
func (p *provider) config(ctx context.Context) (*oauth2.Config, *oidc.Provider, error) {
	came := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failed != nil && p.ended.After(came) {
		return nil, nil, p.failed
	}
	if p.found == nil {
		// Keys are fetched later under this context, which must outlive the
		// request.
		found, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.client), p.Issuer)
		p.failed, p.ended = err, time.Now()
		if err != nil {
			return nil, nil, err
		}
		p.found = found
	}
	return &oauth2.Config{
		ClientID: p.ClientID, ClientSecret: p.ClientSecret, RedirectURL: p.back,
		Endpoint: p.found.Endpoint(), Scopes: []string{oidc.ScopeOpenID},
	}, p.found, nil
}

// visiting is what the browser keeps while it is at the provider, sealed: what
// the visit is for, and what its answer must match.
type visiting struct {
	Purpose string `json:"p"`
	// Subject is a code or a session's token, by purpose.
	Subject   string `json:"u"`
	Challenge []byte `json:"c"`
	Verifier  string `json:"v"`
	Next      string `json:"n"`
}

// The purposes of a visit.
const (
	visitSignIn = "sign-in"
	visitProve  = "prove"
	visitEnrol  = "enrol"
)

// Visit is where to send the browser, and the cookie it must bring back.
type Visit struct{ Address, Cookie string }

func unavailable(op string, cause error) error {
	return &desk.Error{Kind: desk.Unavailable, Op: op, Key: "error.organisation.down", Err: cause}
}

// BeginVisit starts the organisation's sign-in: to open a session; with a
// token, to prove that it is still the member; with a code, to use a link up.
// next is the page to come back to.
func (a *Access) BeginVisit(ctx context.Context, token, code, next string) (Visit, error) {
	const op = "begin visit"
	if a.org == nil {
		return Visit{}, forbidden(op, "error.organisation.none", nil)
	}
	v := visiting{Purpose: visitSignIn, Verifier: oauth2.GenerateVerifier(), Next: next}
	switch {
	case code != "":
		v.Purpose, v.Subject = visitEnrol, foldCode(code)
	case token != "":
		v.Purpose, v.Subject = visitProve, token
	}
	var err error
	if v.Challenge, err = a.challenge(toVisit, v.Purpose+v.Subject); err != nil {
		return Visit{}, err
	}
	config, _, err := a.org.config(ctx)
	if err != nil {
		return Visit{}, unavailable(op, err)
	}
	how := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(v.Verifier), oidc.Nonce(a.nonce(v))}
	if v.Purpose != visitSignIn {
		// RFC: OpenID Connect Core 1.0, 3.1.2.1: ask again, whatever session the
		// provider remembers.
		how = append(how, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	cookie, err := a.sealVisit(v)
	return Visit{Address: config.AuthCodeURL(encoding.EncodeToString(v.Challenge), how...), Cookie: cookie}, err
}

// nonce ties the provider's answer to this browser.
func (a *Access) nonce(v visiting) string {
	sum := a.ring.FormMAC([]byte("access-nonce-v1"), v.Challenge)
	return encoding.EncodeToString(sum[:])
}

func (a *Access) sealVisit(v visiting) (string, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	box, err := a.box()
	if err != nil {
		return "", err
	}
	nonce := make([]byte, box.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return "", err
	}
	return encoding.EncodeToString(box.Seal(nonce, nonce, plain, []byte(toVisit))), nil
}

func (a *Access) unsealVisit(cookie string) (v visiting, err error) {
	sealed, err := encoding.DecodeString(cookie)
	if err != nil {
		return v, err
	}
	box, err := a.box()
	if err != nil {
		return v, err
	}
	if len(sealed) < box.NonceSize() {
		return v, errVisit
	}
	plain, err := box.Open(nil, sealed[:box.NonceSize()], sealed[box.NonceSize():], []byte(toVisit))
	if err != nil {
		return v, err
	}
	return v, json.Unmarshal(plain, &v)
}

var errVisit = errors.New("the browser brought no visit back")

// FinishVisit takes the provider's answer and returns the token of the session
// and the page to go to. old is the token the browser came with.
func (a *Access) FinishVisit(ctx context.Context, old, cookie, state, code string) (token, next string, err error) {
	memberID := ""
	v, i, err := a.visited(ctx, cookie, state, code)
	if err == nil {
		token, memberID, err = a.arrive(ctx, old, v, i)
	}
	a.noteMember(ctx, "sign in with the organisation", memberID, err)
	return token, v.Next, err
}

// visited judges the answer: that this browser asked for it, that it is the
// provider's and for us, fresh, and answered once.
func (a *Access) visited(ctx context.Context, cookie, state, code string) (visiting, store.Identity, error) {
	const op = "finish visit"
	late := forbidden(op, "error.organisation.late", nil)
	if a.org == nil {
		return visiting{}, store.Identity{}, forbidden(op, "error.organisation.none", nil)
	}
	v, err := a.unsealVisit(cookie)
	if err != nil {
		return visiting{}, store.Identity{}, late
	}
	if !hmac.Equal([]byte(state), []byte(encoding.EncodeToString(v.Challenge))) || !a.genuine(toVisit, v.Purpose+v.Subject, v.Challenge) {
		return visiting{}, store.Identity{}, late
	}
	if code == "" { // whoever said no over there
		return v, store.Identity{}, forbidden(op, "error.organisation.refused", nil)
	}
	config, found, err := a.org.config(ctx)
	if err != nil {
		return v, store.Identity{}, unavailable(op, err)
	}
	ctx = oidc.ClientContext(ctx, a.org.client)
	answer, err := config.Exchange(ctx, code, oauth2.VerifierOption(v.Verifier))
	if err != nil {
		return v, store.Identity{}, unheard(op, err)
	}
	raw, _ := answer.Extra("id_token").(string)
	who, err := found.Verifier(&oidc.Config{ClientID: a.org.ClientID, Now: a.clock}).Verify(ctx, raw)
	if err == nil {
		err = a.org.forUs(who)
	}
	if err != nil {
		return v, store.Identity{}, forbidden(op, "error.organisation.refused", err)
	}
	if !hmac.Equal([]byte(who.Nonce), []byte(a.nonce(v))) {
		return v, store.Identity{}, forbidden(op, "error.organisation.refused", errNonce)
	}
	if v.Purpose != visitSignIn {
		if err := a.askedAgain(who); err != nil {
			return v, store.Identity{}, forbidden(op, "error.organisation.refused", err)
		}
	}
	return v, store.Identity{Issuer: who.Issuer, Subject: who.Subject}, nil
}

var (
	errNonce   = errors.New("the answer is to another question")
	errOld     = errors.New("the provider did not ask again")
	errSubject = errors.New("the answer names nobody")
	errParty   = errors.New("the answer was made for somebody else")
)

// unheard says whether the provider refused a code or is not well.
func unheard(op string, err error) error {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) && refused.Response != nil && refused.Response.StatusCode < http.StatusInternalServerError {
		return forbidden(op, "error.organisation.refused", err)
	}
	return unavailable(op, err)
}

// subjectMax is the longest subject: OpenID Connect Core 1.0, section 2.
const subjectMax = 255

// forUs judges what the library leaves to its caller: that somebody is named,
// and that a token with several audiences was made for this desk (OpenID
// Connect Core 1.0, 3.1.3.7, steps 4 and 5).
func (p *provider) forUs(who *oidc.IDToken) error {
	if who.Subject == "" || len(who.Subject) > subjectMax {
		return errSubject
	}
	var claims struct {
		Party string `json:"azp"`
	}
	if err := who.Claims(&claims); err != nil {
		return err
	}
	if claims.Party != p.ClientID && (claims.Party != "" || len(who.Audience) > 1) {
		return errParty
	}
	return nil
}

// askedAgain demands that the provider asked the person just now.
func (a *Access) askedAgain(who *oidc.IDToken) error {
	var claims struct {
		AuthTime int64 `json:"auth_time"`
	}
	if err := who.Claims(&claims); err != nil {
		return err
	}
	if age := a.clock().Sub(time.Unix(claims.AuthTime, 0)); claims.AuthTime == 0 || age > ReauthFor || age < -slack {
		return errOld
	}
	return nil
}

// arrive does what the visit was for.
func (a *Access) arrive(ctx context.Context, old string, v visiting, i store.Identity) (token, memberID string, err error) {
	const op = "finish visit"
	if v.Purpose == visitEnrol {
		token, err = a.enrol(ctx, old, v.Subject, byOrganisation, func(tx *store.Tx, m desk.Member) error {
			memberID, i.MemberID = m.ID, m.ID
			if err := a.answerVisit(tx, v); err != nil {
				return err
			}
			if _, err := tx.Identity(i.Issuer, i.Subject); desk.KindOf(err) != desk.NotFound {
				return &desk.Error{Kind: desk.Conflict, Op: op, Key: "error.organisation.taken", Err: err}
			}
			if _, err := a.newKey(tx, m, nil); err != nil {
				return err
			}
			return tx.AddIdentity(i)
		})
		return token, memberID, err
	}
	err = a.db.Update(ctx, func(tx *store.Tx) error {
		if err := a.answerVisit(tx, v); err != nil {
			return err
		}
		known, err := tx.Identity(i.Issuer, i.Subject)
		if desk.KindOf(err) == desk.NotFound {
			return forbidden(op, "error.organisation.unknown", nil)
		}
		if err != nil {
			return err
		}
		memberID = known.MemberID
		if v.Purpose == visitSignIn {
			token, err = a.open(tx, known.MemberID, byOrganisation, old)
			return err
		}
		seat, _, err := a.seated(tx, v.Subject)
		if err != nil {
			return err
		}
		if seat.Member.ID != known.MemberID {
			return forbidden(op, "error.passkey.others", nil)
		}
		token, err = a.renew(tx, v.Subject)
		return err
	})
	return token, memberID, err
}

func (a *Access) answerVisit(tx *store.Tx, v visiting) error {
	if err := answer(tx, v.Challenge); err != nil {
		return conflictAs(err, forbidden("finish visit", "error.organisation.late", err))
	}
	return nil
}

// urlPart escapes one part of an address.
func urlPart(s string) string { return url.PathEscape(s) }
