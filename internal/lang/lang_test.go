package lang_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"sangto/internal/desk"
	"sangto/internal/lang"
)

func load(t *testing.T) *lang.Catalog {
	t.Helper()
	c, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func day(t *testing.T, s string) desk.Day {
	t.Helper()
	d, err := desk.ParseDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestForms(t *testing.T) {
	c := load(t)
	vi, en := c.For("vi"), c.For("en")
	for _, tt := range []struct{ name, got, want string }{
		{"Vietnamese date", vi.Date(day(t, "2026-03-05")), "ngày 5 tháng 3 năm 2026"},
		{"English date", en.Date(day(t, "2026-03-05")), "5 March 2026"},
		{"no date", vi.Date(0), ""},
		{"Vietnamese number", vi.Number(1234567), "1.234.567"},
		{"English number", en.Number(-14581), "-14,581"},
		{"small number", en.Number(999), "999"},
		{"Vietnamese plural", vi.T("redaction.phone", "Count", 2), "2 số điện thoại"},
		{"Vietnamese one", vi.T("redaction.phone", "Count", 1), "1 số điện thoại"},
		{"Vietnamese none", vi.T("redaction.phone", "Count", 0), "0 số điện thoại"},
		{"English one", en.T("redaction.phone", "Count", 1), "1 phone number"},
		{"English many", en.T("redaction.phone", "Count", 1200), "1,200 phone numbers"},
		{"unknown language", c.For("xx").Tag(), "vi"},
		{"verdict", vi.Verdict(desk.NotTrue), "Không đúng"},
		{"no verdict", vi.Verdict(""), ""},
		{"owner", en.Owner(desk.OwnerState), "The state"},
		{"stance", vi.Stance(desk.Against), "Trái lại"},
		{"topic", en.Topic("scam"), "scams"},
		{"reason", en.NotRated(desk.NotIndependent), "we are not independent of this"},
		{"a kind of identifier newer than the catalogue", en.Redaction(desk.Redaction{Kind: "iris", Count: 2}), "2 identifying details"},
		{"a language newer than the catalogue", en.Language("eo"), "eo"},
		{"an owner that is no kind", en.Owner("<b>"), ""},
		{"unknown key", en.T("no.such.key"), "no.such.key"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, tt.got, tt.want)
		}
	}
}

func TestLinked(t *testing.T) {
	en := load(t).For("en")
	got := en.L("privacy.limits.4")
	if got.Link != "the limits of this site" || !strings.HasSuffix(got.Before, "See ") || got.After != "." {
		t.Errorf("cut at the wrong place: %+v", got)
	}
	if got := en.L("home.button"); got.Link != "" || got.Before != "Look it up" {
		t.Errorf("a sentence without a link: %+v", got)
	}
}

func TestErrorSpeaksToTheReader(t *testing.T) {
	c := load(t)
	wrapped := fmt.Errorf("handler: %w", &desk.Error{Kind: desk.Invalid, Key: "error.receipt.length", Args: map[string]any{"Count": 25}})
	if got := c.For("en").Error(wrapped); !strings.Contains(got, "you entered 25") {
		t.Errorf("arguments lost: %q", got)
	}
	if got := c.For("vi").Error(wrapped); !strings.Contains(got, "bạn nhập 25") {
		t.Errorf("arguments lost: %q", got)
	}
	for kind := desk.Internal; kind <= desk.TooLarge; kind++ {
		err := &desk.Error{Kind: kind, Key: "error.nobody.wrote.this"}
		if got := c.For("en").Error(err); got == "" || strings.HasPrefix(got, "error.") {
			t.Errorf("kind %v has no sentence: %q", kind, got)
		}
	}
	secret := errors.New("pq: password of user desk")
	if got := c.For("en").Error(secret); strings.Contains(got, "pq") {
		t.Errorf("a cause reached the reader: %q", got)
	}
}
