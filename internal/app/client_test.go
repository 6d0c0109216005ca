package app_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"sangto/client"
)

// TestClientAgainstTheProgram makes every call of the client against the
// assembled program on its demonstration.
func TestClientAgainstTheProgram(t *testing.T) {
	if testing.Short() {
		t.Skip("a form must be five seconds old")
	}
	cfg, _ := demo(t)
	r := start(t, cfg)
	c, err := client.New(r.base, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	ok := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	ask, err := c.Token(ctx)
	ok("token", err)
	contest, err := c.Token(ctx)
	ok("token", err)
	came := time.Now()

	site, err := c.Site(ctx)
	ok("site", err)
	list, err := c.Checks(ctx, client.Filter{}, 1)
	ok("checks", err)
	n, own := 0, ""
	for one, err := range c.AllChecks(ctx, client.Filter{}) {
		ok("all checks", err)
		n++
		if one.Desk.Name == "" || one.Line.VI != site.Line.VI || one.Line.EN != site.Line.EN {
			t.Errorf("%s is shown without its desk or the line", one.ID)
		}
		if own == "" && one.Desk.Here && !one.Withdrawn && !one.Withheld {
			own = one.ID
		}
	}
	if n != list.Page.Total || n < 20 || own == "" {
		t.Errorf("%d checks of %d", n, list.Page.Total)
	}
	full, err := c.Check(ctx, own)
	ok("check", err)
	heads, err := c.Versions(ctx, own)
	ok("versions", err)
	version, err := c.Version(ctx, own, full.Newest)
	ok("version", err)
	evidence, err := c.Evidence(ctx, own, full.Newest)
	ok("evidence", err)
	if len(heads) != full.Newest || version.Claim != full.Claim || len(evidence.Evidence) != len(full.Evidence) || full.Keys < 2 || full.After == nil {
		t.Errorf("%s says of itself different things: %+v", own, full)
	}
	claims, err := c.Claims(ctx, client.Filter{Desk: full.Desk.ID}, 1)
	ok("claims", err)
	claim, err := c.Claim(ctx, own)
	ok("claim", err)
	if len(claims.Claims) == 0 || len(claim.Owners) == 0 || claim.Claim.Claim != full.Claim {
		t.Errorf("claims: %d, %+v", len(claims.Claims), claim)
	}
	desks, err := c.Desks(ctx)
	ok("desks", err)
	one, err := c.Desk(ctx, full.Desk.ID)
	ok("desk", err)
	page, err := c.DeskPage(ctx, full.Desk.ID, "methodology", 0)
	ok("desk page", err)
	figures, err := c.Figures(ctx)
	ok("figures", err)
	if len(desks) < 2 || one.Owner == "" || len(one.Pages) == 0 || page.Desk.ID != one.ID || figures.Checked == 0 {
		t.Errorf("desks: %d, %+v, %+v, %+v", len(desks), one, page, figures)
	}
	if page.Shown != nil {
		first, err := c.DeskPage(ctx, full.Desk.ID, "methodology", 1)
		ok("desk page 1", err)
		if first.Shown.Number != 1 {
			t.Errorf("the first version is %d", first.Shown.Number)
		}
	}
	feeds, err := c.Feeds(ctx)
	ok("feeds", err)
	for _, f := range feeds.Feeds {
		for _, address := range []string{f.URL, strings.Replace(f.Topic, "{topic}", "health", 1)} {
			if status, _ := r.get(t, strings.TrimPrefix(address, r.base)); status != http.StatusOK {
				t.Errorf("%s leads nowhere: %d", address, status)
			}
		}
	}
	if status, _ := r.get(t, strings.TrimPrefix(feeds.ClaimReview, r.base)); status != http.StatusOK {
		t.Errorf("%s leads nowhere: %d", feeds.ClaimReview, status)
	}
	book, err := c.Record(ctx)
	ok("record", err)
	if !strings.HasSuffix(book.Origin, "/log") || book.Meaning.EN == "" {
		t.Errorf("the record: %+v", book)
	}
	found, err := c.Lookup(ctx, full.Claim)
	ok("lookup", err)
	if found.Outcome == "none" || found.Answer != nil && found.Answer.Check.ID != own {
		t.Errorf("the claim of a check does not find it: %+v", found)
	}
	var p *client.Problem
	if _, err := c.Lookup(ctx, " "); !errors.As(err, &p) || p.Code != "text.empty" {
		t.Errorf("an empty text: %v", err)
	}
	if _, err := c.Check(ctx, "zzzzzzzzzzzzzzzz"); !errors.As(err, &p) || p.Status != 404 {
		t.Errorf("no such check: %v", err)
	}

	time.Sleep(time.Until(came.Add(time.Duration(ask.NotFor)*time.Second + 200*time.Millisecond)))
	const words = "Hội đua thuyền năm nay dời sang bến phà mới phải không?"
	sent, err := c.Ask(ctx, ask.Token, words, true)
	ok("ask", err)
	again, err := c.Ask(ctx, ask.Token, words, true)
	ok("ask again", err)
	if sent.Repeated || !again.Repeated || again.Receipt != sent.Receipt || sent.Receipt == "" {
		t.Errorf("asked twice: %+v, %+v", sent, again)
	}
	said, err := c.Contest(ctx, own, contest.Token, "contest", "Nguồn thứ hai đã đính chính.", true)
	ok("contest", err)
	for _, receipt := range []string{sent.Receipt, said.Receipt} {
		state, err := c.Track(ctx, receipt)
		ok("track", err)
		if state.State != "waiting" || (state.Contest != nil) != (receipt == said.Receipt) {
			t.Errorf("tracked: %+v", state)
		}
		ok("withdraw", c.Withdraw(ctx, receipt))
		if _, err := c.Track(ctx, receipt); !errors.As(err, &p) || p.Code != "receipt.unknown" {
			t.Errorf("after withdrawing: %v", err)
		}
	}
}
