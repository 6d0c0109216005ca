package api_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"sangto/client"
)

// TestTheClientKnowsEveryField reads each golden answer into the type that the
// client has for it, and writes it again: nothing may be unknown, nothing may
// be lost.
func TestTheClientKnowsEveryField(t *testing.T) {
	for name, into := range map[string]any{
		"site": &client.Site{}, "checks": &client.CheckList{}, "checks_topic": &client.CheckList{}, "check": &client.FullCheck{},
		"check_corrected": &client.FullCheck{}, "check_imported": &client.FullCheck{}, "check_link_only": &client.FullCheck{},
		"check_withdrawn": &client.FullCheck{}, "check_withheld": &client.FullCheck{}, "version": &client.Detail{},
		"versions": &struct {
			Versions []client.Head `json:"versions"`
		}{},
		"evidence": &client.EvidenceList{}, "claims": &client.ClaimList{}, "claim": &client.ClaimFindings{}, "desk": &client.FullDesk{},
		"desks": &struct {
			Desks []client.Desk `json:"desks"`
		}{},
		"notices": &client.NoticeList{}, "notice": &client.FullNotice{}, "notice_version": &client.Notice{},
		"notice_versions": &struct {
			Versions []client.Notice `json:"versions"`
		}{},
		"desk_page": &client.DeskPage{}, "figures": &client.Figures{}, "lookup_answer": &client.Found{}, "lookup_none": &client.Found{},
		"feeds": &client.Feeds{}, "record": &client.Record{}, "token": &client.Token{}, "ask": &client.Sent{}, "track": &client.Tracked{}, "track_contest": &client.Tracked{},
		"lookup_empty": &client.Problem{}, "ask_forged": &client.Problem{}, "nowhere": &client.Problem{},
	} {
		raw, err := os.ReadFile("testdata/golden/" + name + ".txt")
		must(t, err)
		_, body, _ := strings.Cut(string(raw), "\n\n")
		d := json.NewDecoder(strings.NewReader(body))
		d.DisallowUnknownFields()
		if err := d.Decode(into); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var again bytes.Buffer
		e := json.NewEncoder(&again)
		e.SetEscapeHTML(false)
		must(t, e.Encode(into))
		if was, is := canonical(t, []byte(body)), canonical(t, again.Bytes()); was != is {
			t.Errorf("%s was\n%s\nand is\n%s", name, was, is)
		}
	}
}

// canonical writes JSON with its names in order.
func canonical(t *testing.T, raw []byte) string {
	t.Helper()
	var v any
	must(t, json.Unmarshal(raw, &v))
	out, err := json.MarshalIndent(v, "", " ")
	must(t, err)
	return string(out)
}
