package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"sangto/internal/desk"
	"sangto/internal/workflow"
)

type noticeFile struct {
	Desk      string          `json:"desk"`
	Kind      desk.NoticeKind `json:"kind"`
	VI        desk.NoticeText `json:"vi"`
	EN        desk.NoticeText `json:"en"`
	Source    string          `json:"source"`
	SourceURL string          `json:"source_url"`
	Contact   string          `json:"contact"`
	// Out, From and Until are whole hours from now.
	Out    int  `json:"out"`
	From   int  `json:"from"`
	Until  int  `json:"until"`
	Alert  bool `json:"alert"`
	Update *struct {
		Out int    `json:"out"`
		VI  string `json:"vi"`
		EN  string `json:"en"`
	} `json:"update"`
}

// notices brings the service notices out by two keys each, so that some stand when
// the demonstration begins and one is over.
func (l *Loader) notices(ctx context.Context, now time.Time) error {
	var list []noticeFile
	var desks []deskFile
	if err := read("notices.json", &list); err != nil {
		return err
	}
	if err := read("desks.json", &desks); err != nil {
		return err
	}
	pairs := map[string][2]desk.Member{}
	for _, d := range desks {
		first, second := l.pair(d)
		pairs[d.ID] = [2]desk.Member{first, second}
	}
	at := func(hours int) time.Time { return now.Add(time.Duration(hours) * time.Hour) }
	ids := make([]string, len(list))
	forms := make([]workflow.NoticeForm, len(list))
	for i, n := range list {
		f := workflow.NoticeForm{
			Kind: n.Kind, VI: n.VI, EN: n.EN, Source: n.Source, SourceURL: n.SourceURL, Contact: n.Contact, From: at(n.From), Until: at(n.Until),
			NobodyNamed: true,
		}
		if n.Alert {
			file, err := files.ReadFile("data/alert.xml")
			if err != nil {
				return err
			}
			f.Alert = []byte(strings.NewReplacer("{sent}", at(n.Out).Format(time.RFC3339), "{onset}", at(n.From).Format(time.RFC3339),
				"{expires}", at(n.Until).Format(time.RFC3339)).Replace(string(file)))
		}
		l.Clock.at = at(n.Out)
		id, err := l.flow.ProposeNotice(ctx, pairs[n.Desk][0], f)
		if err != nil {
			return fmt.Errorf("%.40q: %w", n.VI.What, err)
		}
		if err := l.agreeNotice(ctx, pairs[n.Desk][1], id); err != nil {
			return fmt.Errorf("%.40q: %w", n.VI.What, err)
		}
		ids[i], forms[i] = id, f
	}
	for i, n := range list {
		if n.Update == nil {
			continue
		}
		f := forms[i]
		f.Note, f.Alert = desk.Wording{VI: n.Update.VI, EN: n.Update.EN}, nil
		l.Clock.at = at(n.Update.Out)
		if err := l.flow.ProposeNoticeUpdate(ctx, pairs[n.Desk][1], ids[i], f); err != nil {
			return fmt.Errorf("update %.40q: %w", n.VI.What, err)
		}
		if err := l.agreeNotice(ctx, pairs[n.Desk][0], ids[i]); err != nil {
			return fmt.Errorf("update %.40q: %w", n.VI.What, err)
		}
	}
	return nil
}

// agreeNotice is the second key under what waits for it.
func (l *Loader) agreeNotice(ctx context.Context, m desk.Member, id string) error {
	item, err := l.flow.Notice(ctx, m, id)
	if err != nil {
		return err
	}
	return l.flow.AgreeNotice(ctx, m, id, item.Proposal.SHA256)
}
