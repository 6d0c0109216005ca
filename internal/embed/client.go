package embed

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"sangto/internal/desk"
	"sangto/match"
)

// Kind is the protocol an embedder speaks.
type Kind string

// The protocols.
const (
	// OpenAI: POST /v1/embeddings, as llama.cpp, vLLM, LocalAI and others serve it.
	OpenAI Kind = "openai"
	// Ollama: POST /api/embed.
	Ollama Kind = "ollama"
)

// path is where a server of that protocol takes texts, "" if there is none.
func (k Kind) path() string {
	switch k {
	case OpenAI:
		return "/v1/embeddings"
	case Ollama:
		return "/api/embed"
	}
	return ""
}

const (
	// TextsMax is how many texts one call of Embed may carry.
	TextsMax = 64
	// textMax is how many bytes of a text are sent. Encoders read the first
	// few hundred words only.
	textMax = 8 << 10
	// modelMax is how long the name of a model may be.
	modelMax = 200
	// patience bounds a call whose context does not.
	patience = 2 * time.Minute
)

// Client asks one embedder. It implements match.Embedder and is safe for
// concurrent use. Its errors never hold a text or what the server wrote.
type Client struct {
	kind  Kind
	model string
	http  *http.Client
}

var _ match.Embedder = (*Client)(nil)

// New returns a Client for the model of that name. It dials nothing yet.
// Errors are of kind Invalid with a key config.error.embed_*.
func New(k Kind, address, model string) (*Client, error) {
	at, err := ParseEndpoint(address)
	if err != nil {
		return nil, err
	}
	if k.path() == "" {
		return nil, invalid("config.error.embed_kind", "Kind", string(k))
	}
	if model == "" || len(model) > modelMax || !utf8.ValidString(model) || strings.ContainsFunc(model, unicode.IsControl) {
		return nil, invalid("config.error.embed_model", "Max", modelMax)
	}
	return &Client{kind: k, model: model, http: &http.Client{
		Transport: transport(at),
		Timeout:   patience,
		// A redirect would name another address; its answer is taken as the
		// failure it is.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

func invalid(key, name string, value any) error {
	return &desk.Error{Kind: desk.Invalid, Op: "read settings", Key: key, Args: map[string]any{name: value}}
}

// transport dials at and nothing else, whatever the request says. Proxy stays
// nil: one named in the environment would carry the texts away.
func transport(at Endpoint) *http.Transport {
	dialer := net.Dialer{Timeout: 5 * time.Second}
	return &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, at.network, at.address)
		},
		DisableCompression:     true, // no answer may grow after its size was checked
		MaxResponseHeaderBytes: 16 << 10,
		MaxIdleConns:           4,
		MaxConnsPerHost:        8,
		IdleConnTimeout:        time.Minute,
	}
}

// Close ends idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Model implements match.Embedder.
func (c *Client) Model() string { return c.model }

// Embed implements match.Embedder for up to TextsMax texts, of which the first
// 8 KiB each are sent.
func (c *Client) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	if len(texts) == 0 {
		return nil, nil
	}
	if len(texts) > TextsMax {
		return nil, fmt.Errorf("embed: %d texts in one call, at most %d", len(texts), TextsMax)
	}
	body, err := c.post(ctx, texts)
	if err != nil {
		return nil, fmt.Errorf("embed: %w", err)
	}
	vectors, err := parse(c.kind, body, len(texts))
	if err != nil {
		return nil, fmt.Errorf("embed: %w", err)
	}
	return vectors, nil
}

// question is what both protocols ask.
type question struct {
	Model string   `json:"model"`
	Input []string `json:"input"`
	// Format is read by OpenAI's protocol, Truncate by Ollama's.
	Format   string `json:"encoding_format,omitempty"`
	Truncate bool   `json:"truncate,omitempty"`
}

func (c *Client) question(texts []string) ([]byte, error) {
	q := question{Model: c.model, Input: make([]string, len(texts))}
	for i, t := range texts {
		q.Input[i] = cut(t)
	}
	if c.kind == Ollama {
		q.Truncate = true
	} else {
		q.Format = "float"
	}
	return json.Marshal(q)
}

// cut keeps the first textMax bytes, in whole characters. An empty text is
// refused by some servers.
func cut(t string) string {
	if strings.TrimSpace(t) == "" {
		return "."
	}
	if len(t) <= textMax {
		return t
	}
	t = t[:textMax]
	for len(t) > 0 && !utf8.RuneStart(t[len(t)-1]) {
		t = t[:len(t)-1]
	}
	return strings.ToValidUTF8(t, "")
}

func (c *Client) post(ctx context.Context, texts []string) ([]byte, error) {
	ask, err := c.question(texts)
	if err != nil {
		return nil, err
	}
	// The host is never looked up: the transport knows where to go.
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://embedder"+c.kind.path(), bytes.NewReader(ask))
	if err != nil {
		return nil, err
	}
	req.Host = "localhost" // servers that guard against rebinding know this name
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "sangto")
	res, err := c.http.Do(req)
	if err != nil {
		return nil, because(ctx, err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the embedder answers with status %d", res.StatusCode)
	}
	most := answerMax(len(texts))
	body, err := io.ReadAll(io.LimitReader(res.Body, most+1))
	if err != nil {
		return nil, because(ctx, err)
	}
	if int64(len(body)) > most {
		return nil, fmt.Errorf("%w: more than %d bytes", errAnswer, most)
	}
	return body, nil
}

// because prefers the end of the caller's context to what the connection said
// of it.
func because(ctx context.Context, err error) error {
	if cause := ctx.Err(); cause != nil {
		return cause
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return context.DeadlineExceeded
	}
	return err
}
