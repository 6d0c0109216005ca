package activation_test

import (
	"net"
	"path/filepath"
	"testing"
	"time"

	"sangto/internal/activation"
)

func env(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

// TestListenerReadsItsOwn: what is not for this process, or not one socket, is
// left alone or refused. A socket that is taken is a test of the whole program.
func TestListenerReadsItsOwn(t *testing.T) {
	for _, c := range []struct {
		name string
		env  func(string) string
		bad  bool
	}{
		{"nothing", env(), false},
		{"for another process", env("LISTEN_PID", "8", "LISTEN_FDS", "1"), false},
		{"none", env("LISTEN_PID", "7", "LISTEN_FDS", "0"), false},
		{"no number", env("LISTEN_PID", "7", "LISTEN_FDS", "x"), true},
		{"less than none", env("LISTEN_PID", "7", "LISTEN_FDS", "-1"), true},
		{"two", env("LISTEN_PID", "7", "LISTEN_FDS", "2"), true},
	} {
		ln, err := activation.Listener(c.env, 7)
		if ln != nil || (err != nil) != c.bad {
			t.Errorf("%s: %v, %v", c.name, ln, err)
		}
	}
}

func TestNotifier(t *testing.T) {
	path := filepath.Join(t.TempDir(), "n")
	for _, name := range []string{path, "@sangto-test-" + filepath.Base(filepath.Dir(filepath.Dir(path)))} {
		conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		n := activation.NewNotifier(env("NOTIFY_SOCKET", name))
		for want, say := range map[string]func() error{"READY=1": n.Ready, "STOPPING=1": n.Stopping} {
			if err := say(); err != nil {
				t.Fatal(err)
			}
			_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
			buf := make([]byte, 100)
			k, err := conn.Read(buf)
			if err != nil || string(buf[:k]) != want {
				t.Errorf("%s: heard %q, %v", name, buf[:k], err)
			}
		}
	}
	if err := (activation.Notifier{}).Ready(); err != nil {
		t.Errorf("with nobody to tell: %v", err)
	}
	if err := activation.NewNotifier(env("NOTIFY_SOCKET", "relative")).Ready(); err == nil {
		t.Error("a relative path was taken")
	}
	if err := activation.NewNotifier(env("NOTIFY_SOCKET", path+"-gone")).Ready(); err == nil {
		t.Error("nobody heard and nothing was said")
	}
}
