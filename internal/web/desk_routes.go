package web

import (
	"net/http"

	"sangto/internal/gate"
)

// DeskRoutes returns every route of the members' side. They have no language
// of their own: a page speaks the member's.
func (s *Site) DeskRoutes() []Route {
	var out []Route
	for _, list := range [][]Route{
		s.frameRoutes(),
		s.afterDeskRoutes(),
		s.noticeDeskRoutes(),
		s.queueRoutes(),
		s.archiveRoutes(),
		s.accessRoutes(),
		s.draftRoutes(),
	} {
		out = append(out, list...)
	}
	return out
}

// frameRoutes are the routes of the frame itself.
func (s *Site) frameRoutes() []Route {
	return []Route{
		s.deskGet("/desk/{$}", s.deskHome),
		s.deskPost("/desk/language", s.setLanguage),
	}
}

// deskGet is a page for members.
func (s *Site) deskGet(pattern string, h deskHandler) Route {
	return Route{
		Method: http.MethodGet, Pattern: pattern, Class: gate.Desk, Lane: gate.DeskLane, Laned: true, handle: s.desk(h),
	}
}

// deskPost is a form of members.
func (s *Site) deskPost(pattern string, h deskHandler) Route {
	r := s.deskGet(pattern, h)
	r.Method = http.MethodPost
	return r
}

// staffGet is a page for whoever may become or is a member: no session is
// asked for.
func (s *Site) staffGet(pattern string, h deskHandler) Route {
	r := s.deskGet(pattern, nil)
	r.handle = s.staff(h)
	return r
}

// staffPost is a form that needs no session; it is held to the limits of
// signing in.
func (s *Site) staffPost(pattern string, h deskHandler) Route {
	r := s.staffGet(pattern, h)
	r.Method, r.Lane = http.MethodPost, gate.SignInLane
	return r
}

// handleDesk puts the desk's routes into the mux. Without seats there is no
// desk.
func (s *Site) handleDesk(mux *http.ServeMux, g Gate) {
	if s.seats == nil {
		return
	}
	allowed := map[string][]string{}
	var patterns []string
	for _, r := range s.DeskRoutes() {
		mux.Handle(r.Method+" "+r.Pattern, s.behind(g, r))
		if allowed[r.Pattern] == nil {
			patterns = append(patterns, r.Pattern)
		}
		allowed[r.Pattern] = append(allowed[r.Pattern], r.Method)
	}
	for _, p := range patterns {
		mux.Handle(p, g.Staff(s.wrap("", s.staff(s.wrongDeskMethod(allowed[p])))))
	}
	mux.Handle("/desk/", g.Staff(g.Lane(gate.DeskLane, s.wrap("", s.desk(s.deskLost)))))
}

func (s *Site) wrongDeskMethod(allowed []string) deskHandler {
	list := allowList(allowed)
	return func(w http.ResponseWriter, _ *http.Request, v visit) error {
		w.Header().Set("Allow", list)
		s.finishDesk(v, problem{status: http.StatusMethodNotAllowed})
		return nil
	}
}
