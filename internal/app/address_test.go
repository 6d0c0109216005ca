package app_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"sangto/internal/app"
	"sangto/internal/config"
	"sangto/internal/transfer"
)

// TestOneAddressInEveryFormat takes the desk's own checks out of the running
// program in every form there is, and takes an export in again: each form must
// call the same check by the same address, or whoever reads two of them has it
// twice.
func TestOneAddressInEveryFormat(t *testing.T) {
	filled, _ := demo(t)
	cfg, err := config.Raw{Data: filled.Data, Listen: "127.0.0.1:0", URL: "https://ban.example"}.Config()
	if err != nil {
		t.Fatal(err)
	}
	r, site := start(t, cfg), cfg.URL
	want := ours(site, feedURLs(t, ok(t, r, "/claimreview.json")))
	english := 0
	for address := range want {
		if strings.HasPrefix(address, "https://ban.example/en/c/") {
			english++
		}
	}
	if english == 0 || english == len(want) {
		t.Fatalf("%d of %d checks are in English: nothing is shown", english, len(want))
	}
	same := func(name string, got map[string]bool) {
		t.Helper()
		if !maps.Equal(ours(site, got), want) {
			t.Errorf("%s calls them\n%q\nand claimreview.json\n%q", name, slices.Sorted(maps.Keys(ours(site, got))), slices.Sorted(maps.Keys(want)))
		}
	}
	for _, f := range transfer.Formats() {
		var out bytes.Buffer
		if err := app.Export(t.Context(), cfg, site, &out, f); err != nil {
			t.Fatal(err)
		}
		other := settings(t)
		source := transfer.Source{Name: "export", Size: int64(out.Len()), Open: func() (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(out.Bytes())), nil
		}}
		if _, err := app.Import(t.Context(), other, []transfer.Source{source}, transfer.Options{}); err != nil {
			t.Fatal(err)
		}
		again := start(t, other)
		same("an import of the export as "+string(f), listed(t, again, "source_url"))
		if err := again.stop(); err != nil {
			t.Fatal(err)
		}
	}
	same("the JSON interface", standing(t, r))
	made(t, r)
	same("the open data's claimreview.json", feedURLs(t, ok(t, r, "/data/latest/claimreview.json")))
	lines, table := map[string]bool{}, map[string]bool{}
	for line := range strings.Lines(ok(t, r, "/data/latest/checks.ndjson")) {
		var one struct {
			Type string `json:"@type"`
			URL  string `json:"url"`
		}
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatal(err)
		}
		if one.Type == "ClaimReview" {
			lines[one.URL] = true
		}
	}
	same("the open data's checks.ndjson", lines)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(ok(t, r, "/data/latest/checks.csv"), "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	address, rating := slices.Index(rows[0], "url"), slices.Index(rows[0], "rating")
	for _, row := range rows[1:] {
		if row[rating] != "" {
			table[row[address]] = true
		}
	}
	same("the open data's checks.csv", table)
}

// ours are those of addresses that are at a site.
func ours(site *url.URL, all map[string]bool) map[string]bool {
	out := map[string]bool{}
	for address := range all {
		if strings.HasPrefix(address, site.String()+"/") {
			out[address] = true
		}
	}
	return out
}

func ok(t *testing.T, r *running, path string) string {
	t.Helper()
	status, body := r.get(t, path)
	if status != 200 {
		t.Fatalf("%s: %d %.200s", path, status, body)
	}
	return body
}

// made waits for the open data of a program that has just started.
func made(t *testing.T, r *running) {
	t.Helper()
	for range 300 {
		if status, _ := r.get(t, "/data/latest/SHA256SUMS"); status == 200 {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal("no open data within 30 s")
}

func feedURLs(t *testing.T, document string) map[string]bool {
	t.Helper()
	var feed struct {
		Items []struct {
			ID, URL string
		} `json:"dataFeedElement"`
	}
	if err := json.Unmarshal([]byte(document), &feed); err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for _, one := range feed.Items {
		out[one.URL] = true
	}
	return out
}

// listed gathers a field of every check of the JSON interface.
func listed(t *testing.T, r *running, field string) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	each(t, r, func(c map[string]any) {
		if address, _ := c[field].(string); address != "" {
			out[address] = true
		}
	})
	return out
}

// standing are the addresses of the checks of the JSON interface that stand.
func standing(t *testing.T, r *running) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	each(t, r, func(c map[string]any) {
		if c["imported"] == false && c["withdrawn"] == false && c["withheld"] == false && c["claim"] != "" {
			out[c["url"].(string)] = true
		}
	})
	return out
}

func each(t *testing.T, r *running, do func(map[string]any)) {
	t.Helper()
	for path := "/api/v1/checks"; path != ""; {
		var list struct {
			Page   struct{ Next string }
			Checks []map[string]any
		}
		if err := json.Unmarshal([]byte(ok(t, r, path)), &list); err != nil {
			t.Fatal(err)
		}
		for _, c := range list.Checks {
			do(c)
		}
		next, err := url.Parse(list.Page.Next)
		if err != nil {
			t.Fatal(err)
		}
		path = ""
		if list.Page.Next != "" {
			path = next.RequestURI()
		}
	}
}
