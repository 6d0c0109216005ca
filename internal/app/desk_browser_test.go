package app_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sangto/internal/app"
	"sangto/internal/config"
	"sangto/internal/testkit"
)

// TestSetUpInABrowser goes where a new operator goes: the link of the terminal,
// the declaration, the first passkey in Chromium's own virtual device, a second
// member, signing out and in, and the sessions. Every page is judged by axe at
// 320 and 1280 pixels.
func TestSetUpInABrowser(t *testing.T) {
	browser := testkit.OpenBrowser(t)
	cfg, err := config.Raw{Data: t.TempDir(), Listen: "127.0.0.1:0"}.Config()
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.New(t.Context(), cfg, app.Logger(os.Stderr, nil))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	t.Cleanup(func() { stop(); <-done })
	link, due, err := a.SetUpLink(t.Context())
	if err != nil || !due {
		t.Fatal(due, err)
	}
	first := browser.Tab(t, testkit.View{Width: 1280, Height: 800})
	first.Passkeys()
	look := func(tab *testkit.Tab, name string) {
		t.Helper()
		for _, width := range []int64{320, 1280} {
			tab.Show(testkit.View{Width: width, Height: 800})
			for _, v := range tab.Axe() {
				t.Errorf("%s at %d: %s: %s\n%s", name, width, v.ID, v.Help, strings.Join(v.Nodes, "\n"))
			}
			if testkit.Eval[bool](tab, "document.documentElement.scrollWidth > innerWidth") {
				t.Errorf("%s scrolls sideways at %d", name, width)
			}
			if dir := os.Getenv("SANGTO_SHOTS"); dir != "" {
				if err := os.WriteFile(filepath.Join(dir, "desk-"+name+"-"+map[int64]string{320: "320", 1280: "1280"}[width]+".png"), tab.Shot(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	first.Open(link.Address(a.DeskURL()))
	first.Await("#member")
	look(first, "set-up")
	first.Fill("#name", "Bàn tin Bến Sông")
	first.Fill("#owner", "Hợp tác xã báo chí Bến Sông")
	first.Fill("#funders", "Bạn đọc góp")
	first.Fill("#member", "Lan")
	first.Click("main form button", "form[data-passkey=create]")
	look(first, "enrol")
	first.Click("form[data-passkey=create] button", ".steps")
	look(first, "start")

	// The set-up link is dead, and so is the one that was just used.
	if _, due, err := a.SetUpLink(t.Context()); err != nil || due {
		t.Errorf("set-up is still due: %v %v", due, err)
	}
	other := browser.Tab(t, testkit.View{Width: 1280, Height: 800})
	other.Passkeys()
	other.Open(link.Address(a.DeskURL()))
	other.Await(".alarm")
	look(other, "dead-link")

	first.Open(a.DeskURL().String() + "/desk/members")
	look(first, "members")
	first.Fill("#name", "Minh")
	first.Click("form[action='/desk/members'] button", ".linkcode")
	look(first, "link")
	invitation := strings.TrimSpace(first.Text(".linkcode"))

	other.Open(invitation)
	other.Await("form[data-passkey=create]")
	other.Click("form[data-passkey=create] button", "nav.sections")
	other.Open(a.DeskURL().String() + "/desk/me")
	look(other, "me")

	// Out, and in again with the passkey.
	other.Click("form[action='/desk/sign-out'] button", "form[data-passkey=get]")
	look(other, "sign-in")
	other.Click("form[data-passkey=get] button", "nav.sections")
	if who := other.Text(".who"); !strings.Contains(who, "Minh") {
		t.Errorf("signed in as %q", who)
	}

	// Confirming, and a recovery that is not used up.
	first.Open(a.DeskURL().String() + "/desk/confirm")
	look(first, "confirm")
	first.Open(a.DeskURL().String() + "/desk/members")
	first.Click("form[action$='/recovery'] button", ".linkcode")
	look(first, "recovery-link")
	lost := browser.Tab(t, testkit.View{Width: 1280, Height: 800})
	lost.Passkeys()
	lost.Open(strings.TrimSpace(first.Text(".linkcode")))
	lost.Await("form[data-passkey=create]")
	look(lost, "recovery")

	// The same in English.
	for path, name := range map[string]string{"/desk/sign-in?lang=en": "sign-in", "/desk/enrol?lang=en": "code", "/desk/set-up?lang=en": "set-up-code"} {
		lost.Open(a.DeskURL().String() + path)
		lost.Await("html[lang=en]")
		look(lost, name+"-en")
	}
	first.Open(a.DeskURL().String() + "/desk/members")
	first.Click("form[action='/desk/language'] button", "html[lang=en]")
	for _, name := range []string{"members", "me", "confirm", "start"} {
		first.Open(a.DeskURL().String() + "/desk/" + name)
		look(first, name+"-en")
	}

	// The first member ends the second, whose next step is refused.
	first.Open(a.DeskURL().String() + "/desk/members")
	testkit.Eval[any](first, "void document.querySelectorAll('input[name=confirm]').forEach(x => x.checked = true)")
	testkit.Eval[any](first, "void [...document.querySelectorAll('tr')].find(r => r.querySelector('th')?.innerText.includes('Minh')).querySelector('form[action$=\"/end\"] button').click()")
	first.Await(".said")
	other.Open(a.DeskURL().String() + "/desk/me")
	other.Await("form[data-passkey=get]")
	other.Click("form[data-passkey=get] button", ".alarm[role=alert]:not([data-problem])")
	look(other, "refused")
}
