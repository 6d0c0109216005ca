package gate

import (
	"net/http"
	"strings"

	"sangto/internal/desk"
)

// identityNames are headers with which something between a visitor and us says
// who the visitor is: sign-in proxies, and mobile networks that add the
// subscriber's number.
func identityNames() []string {
	return []string{
		"authorization", "proxy-authorization", "remote-user", "remote-name", "remote-email", "remote-groups",
		"x-remote-user", "x-remote-name", "x-remote-email", "x-remote-group", "x-remote-groups", "x-forwarded-user", "x-forwarded-email",
		"x-forwarded-preferred-username", "x-forwarded-groups", "x-forwarded-access-token",
		"x-authenticated-user", "x-authenticated-email", "x-authenticated-userid", "x-auth-user", "x-auth-email",
		"x-auth-username", "x-auth-token", "x-user", "x-user-id", "x-user-name", "x-user-email", "x-username", "x-userinfo", "x-email",
		"x-id-token", "x-access-token", "x-webauth-user", "x-webauth-email", "x-webauth-name", "x-goog-iap-jwt-assertion", "x-zumo-auth",
		"x-client-cert", "x-client-dn", "x-forwarded-client-cert", "x-ssl-cert", "client-cert", "ssl-client-cert",
		"x-msisdn", "msisdn", "x-nokia-msisdn", "x-h3g-msisdn", "x-up-calling-line-id", "x-up-subno",
		"x-wap-msisdn", "x-imsi", "x-imei", "x-uidh", "x-acr", "x-vf-acr",
	}
}

// identityPrefixes are families of such headers.
func identityPrefixes() []string {
	return []string{
		"x-auth-request-", "cf-access-", "x-goog-authenticated-user-", "x-ms-client-principal", "x-ms-token-",
		"x-amzn-oidc-", "x-authentik-", "x-pomerium-", "x-vouch-", "x-ssl-client-", "tailscale-user-", "x-shibboleth-", "oidc-claim-",
	}
}

// identity knows the headers that name a person.
type identity struct {
	names    map[string]bool
	prefixes []string
}

func newIdentity() identity {
	id := identity{names: map[string]bool{}, prefixes: identityPrefixes()}
	for _, name := range identityNames() {
		id.names[name] = true
	}
	return id
}

// refuse returns the error for a request that carries such a header with a
// value. An empty value names nobody: it is what a careful proxy leaves when
// it blanks the header.
//
// The kind is Invalid, status 400, and not 401, 403 or 407: sign-in proxies
// answer those by sending the visitor to sign in, which is the opposite of
// what the page asks for.
func (id identity) refuse(h http.Header) error {
	for name, values := range h {
		if !id.matches(name) {
			continue
		}
		for _, v := range values {
			if strings.TrimSpace(v) != "" {
				return &desk.Error{Kind: desk.Invalid, Op: "read headers", Key: "error.identity"}
			}
		}
	}
	return nil
}

// matches matches also spellings with an underscore, which some servers take
// for the same header.
func (id identity) matches(header string) bool {
	name := strings.ReplaceAll(strings.ToLower(header), "_", "-")
	if id.names[name] {
		return true
	}
	for _, prefix := range id.prefixes {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
