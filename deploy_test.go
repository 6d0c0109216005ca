package sangto_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestDeployKeepsNothing reads the examples for those who run a desk: none
// writes down who came, and none passes on what identifies a visitor.
// scripts/deploy-check has each read by the program it is for.
func TestDeployKeepsNothing(t *testing.T) {
	comment := regexp.MustCompile(`(?m)^\s*#.*$`)
	read := func(name string) string {
		b, err := os.ReadFile("deploy/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return comment.ReplaceAllString(string(b), "")
	}
	for name, c := range map[string]struct{ says, never []string }{
		"nginx.conf":  {[]string{"access_log off;", "error_log /dev/null crit;", "proxy_request_buffering off;", "proxy_buffering off;"}, []string{"log_format", "X-Real-IP"}},
		"apache.conf": {[]string{"ErrorLog /dev/null", "ProxyAddHeaders Off", "TraceEnable Off"}, []string{"CustomLog", "TransferLog", "LogFormat"}},
		"Caddyfile":   {[]string{"output discard", "admin off"}, []string{"output file", "output stdout", "output stderr"}},
		"torrc":       {[]string{"SafeLogging 1", "Log notice file /dev/null"}, nil},
		"sangto.service": {[]string{
			"LimitCORE=0", "MemorySwapMax=0", "UMask=0077", "NoNewPrivileges=true", "ProtectSystem=strict", "CapabilityBoundingSet=\n",
			"Type=notify", "User=sangto", "StateDirectoryMode=0700",
		}, nil},
		"sangto.socket": {[]string{"ListenStream=127.0.0.1:8080"}, nil},
		"Containerfile": {[]string{"FROM scratch", "USER 65532:65532", "CGO_ENABLED=0", "-trimpath"}, []string{"USER root", "RUN apt"}},
	} {
		text := read(name)
		for _, s := range c.says {
			if !strings.Contains(text, s) {
				t.Errorf("deploy/%s does not say %q", name, s)
			}
		}
		for _, s := range c.never {
			if strings.Contains(text, s) {
				t.Errorf("deploy/%s says %q", name, s)
			}
		}
	}
	for name, removal := range map[string]string{
		"nginx.conf": `proxy_set_header %s "";`, "apache.conf": "RequestHeader unset %s", "Caddyfile": "header_up -%s",
	} {
		text := read(name)
		for _, header := range []string{"Authorization", "Remote-User", "X-Forwarded-User", "X-Forwarded-Email"} {
			if !strings.Contains(text, strings.Replace(removal, "%s", header, 1)) {
				t.Errorf("deploy/%s passes %s on", name, header)
			}
		}
		if strings.Count(text, "X-Forwarded-For") != 1 {
			t.Errorf("deploy/%s does not set X-Forwarded-For itself, so a visitor could", name)
		}
	}
}
