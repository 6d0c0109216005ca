package fetch

import (
	"compress/flate"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strings"
)

// errLarge ends a body that goes on too long.
var errLarge = errors.New("more than the cap")

// capped reads at most left bytes and then fails, so that an endless body and
// one that ends exactly at the cap can be told apart.
type capped struct {
	r    io.Reader
	left int64
}

func (c *capped) Read(b []byte) (int, error) {
	if int64(len(b)) > c.left+1 {
		b = b[:c.left+1]
	}
	n, err := c.r.Read(b)
	if c.left -= int64(n); c.left < 0 {
		return 0, errLarge
	}
	return n, err
}

// read takes a body under two caps: what comes over the wire, and what it
// becomes.
func (c *Client) read(answer *http.Response) ([]byte, error) {
	if answer.ContentLength > c.bytes {
		return nil, &Error{Reason: TooLarge}
	}
	var body io.Reader = &capped{answer.Body, c.bytes}
	switch strings.ToLower(strings.TrimSpace(strings.Join(answer.Header.Values("Content-Encoding"), ","))) {
	case "", "identity":
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(body)
		if err != nil {
			return nil, broken(err)
		}
		body = &capped{z, c.bytes}
	default:
		return nil, &Error{Reason: Unreadable}
	}
	out, err := io.ReadAll(body)
	if err != nil {
		return nil, broken(err)
	}
	return out, nil
}

// broken tells a bomb from garbage; other failures are left to classify.
func broken(err error) error {
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, errLarge):
		return &Error{Reason: TooLarge}
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.As(err, &corrupt):
		return &Error{Reason: Unreadable, Err: err}
	}
	return err
}
