package config

import (
	"net/url"
	"os"
	"strings"

	"sangto/internal/desk"
)

// secretMax bounds the file of a client secret, in bytes.
const secretMax = 4 << 10

// Organisation is an OpenID Connect provider with which members may sign in.
// The zero value is none.
type Organisation struct{ Issuer, Client, Secret, Name string }

// On reports whether there is one.
func (o Organisation) On() bool { return o.Issuer != "" }

// readOrganisation takes the settings and the secret, which is in a file so
// that it stands in no list of processes.
func readOrganisation(r Raw) (Organisation, error) {
	o := Organisation{Issuer: r.Organisation, Client: r.OrganisationClient, Name: strings.TrimSpace(r.OrganisationName)}
	if o.Issuer == "" {
		if o.Client != "" || r.OrganisationSecret != "" {
			return o, invalid("config.error.organisation", "URL", "")
		}
		return o, nil
	}
	u, err := url.Parse(o.Issuer)
	secure := err == nil && (u.Scheme == "https" || u.Scheme == "http" && local(u))
	if !secure || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return o, invalid("config.error.organisation", "URL", o.Issuer)
	}
	if o.Client == "" || r.OrganisationSecret == "" {
		return o, invalid("config.error.organisation_client")
	}
	b, err := os.ReadFile(r.OrganisationSecret)
	if err != nil || len(b) > secretMax || strings.TrimSpace(string(b)) == "" {
		return o, &desk.Error{
			Kind: desk.Invalid, Op: "read settings", Key: "config.error.organisation_secret", Args: map[string]any{"Path": r.OrganisationSecret}, Err: err,
		}
	}
	o.Secret = strings.TrimSpace(string(b))
	return o, nil
}
