package fetch

import (
	"context"
	"net/http"
)

// Raw sends a request to an address exactly as it is spelt, past everything
// but the guard where the connection is made.
func (c *Client) Raw(ctx context.Context, address string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	answer, err := c.transport.RoundTrip(r)
	if err == nil {
		err = answer.Body.Close()
	}
	return err
}

// Control is what the dialer asks before it connects.
func (c *Client) Control(network, address string) error {
	return c.control(context.Background(), network, address, nil)
}

// NotOurs refuses addresses of this machine.
var NotOurs = notOurs
