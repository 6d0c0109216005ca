package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"sangto/internal/app"
	"sangto/internal/desk"
)

type checkCmd struct {
	folder
	JSON  bool     `name:"json" help:"${cli_flag_json}"`
	Limit int      `name:"limit" default:"5" help:"${cli_flag_limit}"`
	Text  []string `arg:"" help:"${cli_arg_text}"`
}

// candidate is one check in the answer. Its fields are a promise to programs.
// Verdict is a word of our scale for checks of this desk, and the publisher's
// own words for imported ones.
type candidate struct {
	ID          string  `json:"id"`
	Title       string  `json:"title"`
	Claim       string  `json:"claim"`
	Verdict     string  `json:"verdict"`
	Publisher   string  `json:"publisher"`
	URL         string  `json:"url"`
	Lang        string  `json:"lang"`
	Published   string  `json:"published"`
	Score       float64 `json:"score"`
	Probability float64 `json:"probability"`
}

type checkAnswer struct {
	Text       string           `json:"text"`
	Redactions []desk.Redaction `json:"redactions"`
	Answer     *candidate       `json:"answer"`
	Candidates []candidate      `json:"candidates"`
	TookMS     float64          `json:"took_ms"`
}

// Run looks a message up as the page does, and leaves as little behind.
func (c checkCmd) Run(ctx context.Context, s std) error {
	if c.Limit < 1 || c.Limit > app.MaxLimit {
		return &desk.Error{Kind: desk.Invalid, Op: "check", Key: "cli.error.limit", Args: map[string]any{"Max": app.MaxLimit}}
	}
	words, err := c.words(s.in)
	if err != nil {
		return err
	}
	cfg, err := c.config()
	if err != nil {
		return err
	}
	finder, err := app.OpenFinder(ctx, cfg)
	if err != nil {
		return err
	}
	defer finder.Close()
	start := time.Now()
	seen, err := finder.Look(ctx, words, c.Limit)
	if err != nil {
		return err
	}
	took := float64(time.Since(start).Microseconds()) / 1000
	a := checkAnswer{Text: seen.Text.String(), Redactions: seen.Redactions, Candidates: []candidate{}, TookMS: took}
	if a.Redactions == nil {
		a.Redactions = []desk.Redaction{}
	}
	if seen.Answer.Answer != nil {
		x := c.candidate(*seen.Answer.Answer)
		a.Answer = &x
	}
	for _, f := range seen.Candidates {
		a.Candidates = append(a.Candidates, c.candidate(f))
	}
	if c.JSON {
		e := json.NewEncoder(s.out)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(a)
	}
	return c.print(s, seen.Outcome, a)
}

// words takes the message from the arguments, or from standard input for "-".
func (c checkCmd) words(in io.Reader) (string, error) {
	text := strings.Join(c.Text, " ")
	if text != "-" {
		return text, nil
	}
	b, err := io.ReadAll(io.LimitReader(in, desk.MessageMax+1))
	if err != nil {
		return "", errors.Join(errors.New("read standard input"), err)
	}
	return string(b), nil
}

func (c checkCmd) candidate(f app.Candidate) candidate {
	verdict := string(f.Version.Verdict)
	if f.Check.Imported() {
		verdict = f.Version.Rating
	}
	url := f.Check.SourceURL
	if url == "" {
		url = "/c/" + f.Check.ID
	}
	return candidate{
		ID: f.Check.ID, Title: f.Version.Title, Claim: f.Version.Claim, Verdict: verdict, Publisher: f.Desk.Name,
		URL: url, Lang: f.Check.Lang, Published: f.Version.Published.String(), Score: f.Score, Probability: f.Probability,
	}
}

func (c checkCmd) print(s std, outcome app.Outcome, a checkAnswer) error {
	for _, r := range a.Redactions {
		s.say("cli.check.redacted", "Count", r.Count, "Kind", r.Kind)
	}
	switch outcome {
	case app.Found:
		s.say("cli.check.answer")
		one(s, *a.Answer)
	case app.Nothing:
		s.say("cli.check.none")
	}
	if len(a.Candidates) > 0 {
		s.say(map[app.Outcome]string{
			app.Found: "cli.check.also", app.Perhaps: "cli.check.candidates", app.Nothing: "cli.check.nearest",
		}[outcome])
	}
	for _, x := range a.Candidates {
		one(s, x)
	}
	return nil
}

func one(s std, x candidate) {
	verdict := x.Verdict
	if v := desk.Verdict(verdict); v.Valid() {
		verdict = s.words.Verdict(v)
	}
	fmt.Fprintf(s.out, "\n  %s — %s\n  %s\n  %s, %s\n  %s\n", verdict, x.Title, x.Claim, x.Publisher, x.Published, x.URL)
}
