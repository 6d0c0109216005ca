package web

import (
	"net/http"
	"strings"
)

// Code is the stable name of a failure of the JSON interface, with the key of
// the sentence that explains it.
type Code struct{ Name, Key string }

// programsView explains the JSON interface.
type programsView struct {
	frame
	Sections []programsSection
	Codes    []fact
}

func (programsView) template() string { return "programs" }

// programsSection is a part of the page with what to type, if anything.
type programsSection struct {
	ID, Heading string
	Lines       []link
	Example     string
}

// The examples are run by a test, in this order and in one shell, against the
// assembled program. Only the address in the first is the installation's own.
const (
	exampleRead = `curl -sS --fail-with-body "$SITE/api/v1/site"
curl -sS --fail-with-body "$SITE/api/v1/checks?page=1"
CHECK=$(curl -sS "$SITE/api/v1/checks" | sed -n 's/.*"checks":\[{"id":"\([0-9a-z]*\)".*/\1/p')
curl -sS --fail-with-body "$SITE/api/v1/checks/$CHECK"
curl -sS --fail-with-body "$SITE/api/v1/claims/$CHECK"
curl -sS --fail-with-body "$SITE/api/v1/desks"`

	exampleAgain = `curl -sS --fail-with-body --etag-save checks.tag -o checks.json "$SITE/api/v1/checks"
curl -sS --fail-with-body --etag-compare checks.tag -o checks.new "$SITE/api/v1/checks"`

	exampleLookup = `curl -sS --fail-with-body --json @- "$SITE/api/v1/lookup" <<'END'
{"text": "uong nuoc chanh nong chua duoc ung thu, chuyen tiep cho moi nguoi"}
END`

	exampleAsk = `TOKEN=$(curl -sS --json '' "$SITE/api/v1/token" | sed -n 's/.*"token":"\([^"]*\)".*/\1/p')
sleep 6
RECEIPT=$(curl -sS --fail-with-body --json @- "$SITE/api/v1/ask" <<END | sed -n 's/.*"receipt":"\([^"]*\)".*/\1/p'
{"token": "$TOKEN", "text": "Có đúng là chợ quê mở lại từ thứ Bảy?", "receipt": true}
END
)`

	exampleTrack = `curl -sS --fail-with-body --json @- "$SITE/api/v1/track" <<END
{"receipt": "$RECEIPT"}
END
curl -sS --fail-with-body --json @- "$SITE/api/v1/withdraw" <<END
{"receipt": "$RECEIPT", "confirm": true}
END`

	exampleFailure = `curl -sS --json '{"text": "a", "texts": ["b", "c"]}' "$SITE/api/v1/lookup"`
)

func (s *Site) programs(v *visit) error {
	d := &programsView{frame: s.newFrame(v.words, s.site(v.r.Context()), "/api")}
	d.Title, d.Description = d.T("programs.title"), d.T("programs.lead")
	d.Canonical = s.absolute(d.Link("/api"))
	address := strings.TrimSuffix(firstOf(s.absolute("/"), "https://desk.example/"), "/")
	d.section("start", "programs.start", "SITE="+address, d.A("programs.start.1", "/api/v1/openapi.json"), link{Linked: d.L("programs.start.2")}, link{Linked: d.L("programs.start.3")})
	d.Sections[0].Lines[0].Href = "/api/v1/openapi.json" // in no language
	d.section("read", "programs.read", exampleRead, link{Linked: d.L("programs.read.1")}, link{Linked: d.L("programs.read.2")}, link{Linked: d.L("programs.read.3")}, link{Linked: d.L("programs.read.4")}, link{Linked: d.L("programs.read.5")})
	d.section("again", "programs.again", exampleAgain, link{Linked: d.L("programs.again.1")})
	d.section("lookup", "programs.lookup", exampleLookup, link{Linked: d.L("programs.lookup.1")}, link{Linked: d.L("programs.lookup.2")}, link{Linked: d.L("programs.lookup.3")})
	d.section("ask", "programs.ask", exampleAsk, link{Linked: d.L("programs.ask.1")}, link{Linked: d.L("programs.ask.2")}, link{Linked: d.L("programs.ask.3")})
	d.section("track", "programs.track", exampleTrack, link{Linked: d.L("programs.track.1")})
	d.section("all", "programs.all", "", d.A("programs.all.1", "/data/"), link{Linked: d.L("programs.all.2")})
	d.section("failures", "programs.failures", exampleFailure, link{Linked: d.L("programs.failures.1")})
	for _, c := range s.codes {
		d.Codes = append(d.Codes, fact{Name: c.Name, Value: d.T(c.Key, "Seconds", 5, "Minutes", 1, "Count", 1, "Max", 1, "Group", 1, "Field", "text", "Known", "text", "ID", "")})
	}
	s.switchLink(&d.frame)
	return s.reply(v, http.StatusOK, d)
}

func (d *programsView) section(id, heading, example string, lines ...link) {
	d.Sections = append(d.Sections, programsSection{ID: id, Heading: d.T(heading), Example: example, Lines: lines})
}
