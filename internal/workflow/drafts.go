package workflow

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"sangto/internal/desk"
	"sangto/internal/record"
	"sangto/internal/source"
	"sangto/internal/store"
	"sangto/redact"
)

// onDraft reads the member and the draft afresh, asks the table of roles, and
// runs change in the same transaction.
func (w *Workflow) onDraft(ctx context.Context, actor desk.Member, action desk.Action, id string, change func(tx *store.Tx, m desk.Member, d desk.Draft) error) error {
	return w.db.Update(ctx, func(tx *store.Tx) error {
		m, d, err := ownDraft(tx, actor, id)
		if err != nil {
			return err
		}
		if err := desk.Allow(m, action, d.State.Object()); err != nil {
			return err
		}
		return change(tx, m, d)
	})
}

// ownDraft reads a draft of the member's own desk.
func ownDraft(tx *store.Tx, actor desk.Member, id string) (desk.Member, desk.Draft, error) {
	m, err := serving(tx, actor)
	if err != nil {
		return m, desk.Draft{}, err
	}
	d, err := tx.Draft(id)
	if err == nil && d.DeskID != m.DeskID {
		err = &desk.Error{Kind: desk.NotFound, Op: "read draft", Key: "error.missing"}
	}
	return m, d, err
}

// StartDraft opens the draft of a check for a worded claim, or, with claimID
// "", for a matter nobody asked about. It returns the draft's id. A claim that
// has an open draft or a check in that language is a Conflict.
func (w *Workflow) StartDraft(ctx context.Context, actor desk.Member, claimID, lang string) (string, error) {
	const op = "start draft"
	var id string
	err := w.db.Update(ctx, func(tx *store.Tx) error {
		m, err := serving(tx, actor)
		if err != nil {
			return err
		}
		wording, state := "", desk.ClaimChecking
		if claimID != "" {
			c, err := tx.Claim(claimID)
			if err != nil {
				return err
			}
			if c.DeskID != m.DeskID {
				return &desk.Error{Kind: desk.NotFound, Op: op, Key: "error.missing"}
			}
			if c.Lang == lang || lang == "" {
				wording, lang = c.Wording, c.Lang
			}
			state = claimObject(c.State)
		}
		if err := desk.Allow(m, desk.StartDraft, state); err != nil {
			return err
		}
		if published, err := tx.Claimed(claimID, lang); err != nil || published != "" {
			return orConflict(err, op, "error.draft.answered")
		}
		if id, err = tx.NewID(); err != nil {
			return err
		}
		check, err := tx.NewID()
		if err != nil {
			return err
		}
		// Public power is assumed until a reviewer, blind, agrees otherwise.
		v := desk.Version{
			CheckID: check, Act: desk.Publish, AboutPower: true, ClaimantKind: desk.ClaimantUnknown, Claim: wording,
			AsOf: tx.Day(), Author: m.ID,
		}
		return taken(tx.AddDraft(desk.Draft{ID: id, DeskID: m.DeskID, ClaimID: claimID, CheckID: check, Lang: lang, Content: v}))
	})
	return id, err
}

// taken says that somebody has the draft already.
func taken(err error) error {
	if desk.KindOf(err) == desk.Conflict {
		return &desk.Error{Kind: desk.Conflict, Op: "start draft", Key: "error.draft.open", Err: err}
	}
	return err
}

func orConflict(err error, op, key string) error {
	if err != nil {
		return err
	}
	return &desk.Error{Kind: desk.Conflict, Op: op, Key: key}
}

func claimObject(s desk.ClaimState) desk.ObjectState {
	switch s {
	case desk.Waiting:
		return desk.ClaimWaiting
	case desk.Checking:
		return desk.ClaimChecking
	case desk.Answered:
		return desk.ClaimAnswered
	}
	return desk.ClaimClosed
}

// actions names what the table of roles calls the acts on a published check.
func actionOf(act desk.Act) desk.Action {
	switch act {
	case desk.Correct:
		return desk.CorrectCheck
	case desk.Withdraw:
		return desk.WithdrawCheck
	case desk.ErasePersonal:
		return desk.ErasePersonalIn
	case desk.WithholdOrder:
		return desk.WithholdCheck
	}
	return desk.RestoreCheck
}

// StartRevision opens a draft that corrects, withdraws, erases, withholds or
// restores a published check of the actor's desk. It starts from the newest
// version and returns the draft's id.
func (w *Workflow) StartRevision(ctx context.Context, actor desk.Member, checkID string, act desk.Act) (string, error) {
	var id string
	err := w.db.Update(ctx, func(tx *store.Tx) error {
		m, err := serving(tx, actor)
		if err != nil {
			return err
		}
		check, latest, err := ownVersion(tx, m, checkID, act)
		if err != nil {
			return err
		}
		if id, err = tx.NewID(); err != nil {
			return err
		}
		v := restarted(latest, act)
		v.Author = m.ID
		return taken(tx.AddDraft(desk.Draft{
			ID: id, DeskID: m.DeskID, ClaimID: check.ClaimID, CheckID: checkID, Base: latest.Number, Lang: check.Lang, Content: v,
		}))
	})
	return id, err
}

// ownVersion reads the newest version of a check of the member's desk to which
// the act may be done now.
func ownVersion(tx *store.Tx, m desk.Member, checkID string, act desk.Act) (desk.Check, desk.Version, error) {
	op := string(act)
	check, err := tx.Check(checkID)
	if err != nil {
		return check, desk.Version{}, err
	}
	if check.DeskID != m.DeskID || check.Imported() || act == desk.Publish || act == desk.ImportAct {
		return check, desk.Version{}, &desk.Error{Kind: desk.Forbidden, Op: op, Key: "error.version.not_ours"}
	}
	latest, err := tx.Latest(checkID)
	if err != nil {
		return check, latest, err
	}
	err = desk.Allow(m, actionOf(act), latest.State(tx.Day()))
	if desk.KindOf(err) == desk.Conflict && latest.Withdrawn() {
		err = &desk.Error{Kind: desk.Conflict, Op: op, Key: "error.version.withdrawn"}
	}
	return check, latest, err
}

// restarted is the content a revision starts from: the newest version without
// what belonged to its own publication.
func restarted(v desk.Version, act desk.Act) desk.Version {
	v.Act, v.Number, v.Published = act, 0, 0
	v.Reason, v.Note, v.Order, v.LastEditor, v.Emergency = "", "", desk.Order{}, "", false
	if act.Judges() {
		v.Blind, v.Disputed = desk.Classification{}, false
	}
	v.Evidence = slices.Clone(v.Evidence)
	return v
}

// SaveDraft keeps what a member wrote, based on the counter he had read. If
// somebody saved in between, nothing is overwritten: the answer is a Conflict
// with the key error.draft.changed, and the draft as it stands. A change while
// in review takes the draft back into writing; saving what is there already
// changes nothing. An act that only takes away keeps the finding of the version
// before.
func (w *Workflow) SaveDraft(ctx context.Context, actor desk.Member, id string, counter int, edit desk.Version) (desk.Draft, error) {
	var out desk.Draft
	err := w.onDraft(ctx, actor, desk.WriteDraft, id, func(tx *store.Tx, m desk.Member, d desk.Draft) error {
		out = d
		v := tidied(edit)
		v.CheckID, v.Act, v.Author, v.LastEditor = d.CheckID, d.Content.Act, d.Content.Author, d.Content.LastEditor
		v.Blind, v.Disputed, v.OneSource, v.Method = d.Content.Blind, d.Disputed, d.Content.OneSource, d.Content.Method
		if !v.Act.Judges() {
			v = sameFinding(v, d.Content)
		}
		if v.Act != desk.WithholdOrder {
			v.Order = desk.Order{}
		}
		if desk.Revision(v) == desk.Revision(d.Content) {
			return nil
		}
		if d.Counter != counter {
			return &desk.Error{Kind: desk.Conflict, Op: "save draft", Key: "error.draft.changed"}
		}
		v.LastEditor = m.ID
		d.Content, d.Counter, d.State, d.Revision, d.Named = v, d.Counter+1, desk.Writing, "", false
		if err := tx.PutDraft(d, counter); err != nil {
			return err
		}
		var err error
		out, err = tx.Draft(id)
		return err
	})
	return out, err
}

// sameFinding lays the finding of the version before over an edit that may not
// change it. Erasing may change the wording, the others only what is said about
// the act itself.
func sameFinding(edit, before desk.Version) desk.Version {
	v := before
	v.LastEditor, v.Reason, v.Note, v.Order = edit.LastEditor, edit.Reason, edit.Note, edit.Order
	if v.Act == desk.ErasePersonal {
		v.Claim, v.Title, v.Summary, v.Body, v.ToDo = edit.Claim, edit.Title, edit.Summary, edit.Body, edit.ToDo
		v.Sought, v.Hearing, v.Evidence = edit.Sought, edit.Hearing, edit.Evidence
	}
	return v
}

// tidied brings the line ends and the spaces of a form into one shape, so that
// an unchanged form makes an unchanged revision, and drops empty sources.
func tidied(v desk.Version) desk.Version {
	for _, s := range []*string{
		&v.Claim, &v.Title, &v.Summary, &v.Body, &v.ToDo, &v.Sought, &v.Hearing.Note, &v.Reason, &v.Note,
		&v.Order.Body, &v.Order.Law, &v.Order.Digest,
	} {
		*s = tidy(*s)
	}
	v.Order.Digest = strings.ToLower(v.Order.Digest)
	var evidence []desk.Evidence
	for _, e := range v.Evidence {
		for _, s := range []*string{&e.URL, &e.Title, &e.Publisher, &e.OwnerGroup, &e.Quote, &e.Locator, &e.ArchiveURL} {
			*s = tidy(*s)
		}
		if e.URL+e.Title+e.Publisher+e.Quote == "" {
			continue
		}
		e.Position = len(evidence) + 1
		evidence = append(evidence, e)
	}
	v.Evidence = evidence
	if v.Verdict != desk.NotRated {
		v.NotRatedKind = ""
	}
	return v
}

// TakeIn makes the newest version of the check the one the draft builds on,
// after somebody else published in between. The wording stays as it is; the
// draft goes back to writing.
func (w *Workflow) TakeIn(ctx context.Context, actor desk.Member, id string, counter int) error {
	return w.onDraft(ctx, actor, desk.WriteDraft, id, func(tx *store.Tx, m desk.Member, d desk.Draft) error {
		_, latest, err := ownVersion(tx, m, d.CheckID, d.Content.Act)
		if err != nil {
			return err
		}
		if !d.Content.Act.Judges() {
			// What only takes away says what the newest version says.
			edit := d.Content
			d.Content = restarted(latest, edit.Act)
			d.Content.Author, d.Content.Reason, d.Content.Note, d.Content.Order = edit.Author, edit.Reason, edit.Note, edit.Order
		}
		d.Content.LastEditor = m.ID
		d.Base, d.Counter, d.State, d.Revision, d.Named = latest.Number, counter+1, desk.Writing, "", false
		return tx.PutDraft(d, counter)
	})
}

// facts answers what the gates ask beside the draft itself.
func facts(tx *store.Tx, d desk.Draft, answers desk.ReviewAnswers) (desk.Facts, error) {
	f, _, err := factsAndPages(tx, d, answers)
	return f, err
}

// factsAndPages is facts with the pages of the desk that they were read from.
func factsAndPages(tx *store.Tx, d desk.Draft, answers desk.ReviewAnswers) (desk.Facts, []desk.PolicyPage, error) {
	own, err := tx.Desk(d.DeskID)
	if err != nil {
		return desk.Facts{}, nil, err
	}
	pages, err := tx.PolicyPages(d.DeskID)
	if err != nil {
		return desk.Facts{}, nil, err
	}
	named, identified := suspicion(d.Content)
	return desk.Facts{
		Desk: own, Today: tx.Day(), Named: named, Identified: identified, Cleared: d.Named,
		Sources: sourceFacts(d.Content), Pages: desk.CheckPages(pages) == nil, Review: answers,
	}, pages, nil
}

// sourceFacts asks package source about the evidence.
func sourceFacts(v desk.Version) desk.SourceFacts {
	f := desk.SourceFacts{Independent: source.Independent(v.Evidence, v.AboutPower)}
	for _, e := range v.Evidence {
		switch err := source.Check(e.URL, e.By); {
		case err == nil:
		case e.By == desk.ByPerson:
			f.Person = true
		default:
			f.Broken = true
		}
		if u, err := source.Parse(e.URL); err == nil && source.IsNetwork(u.Hostname(), u.Path) {
			f.Networks = true
		}
	}
	return f
}

// suspicion is the gate of names. It says yes or no and never which words: an
// identifier in what stands at the top of a page is refused; a name, an address
// or a number anywhere is a suspicion, which a member may settle.
func suspicion(v desk.Version) (named, identified bool) {
	for _, s := range []string{v.Claim, v.Title, v.Summary, v.Reason, v.Note, v.Hearing.Note, v.Sought} {
		identified = identified || len(redact.Redact(s).Found) > 0
		named = named || suspected(s)
	}
	for _, s := range []string{v.Body, v.ToDo} {
		named = named || len(redact.Redact(s).Found) > 0 || suspected(s)
	}
	for _, e := range v.Evidence {
		named = named || len(redact.Redact(e.Quote).Found) > 0 || suspected(e.Quote) || suspected(e.Title)
	}
	return named, identified
}

func suspected(s string) bool {
	return slices.ContainsFunc(redact.Hints(s), func(h redact.Hint) bool { return h.Kind == "name" || h.Kind == "address" })
}

// Handed is what a member says and signs when handing a draft in.
type Handed struct {
	// NoInterest answers the conflict-of-interest box, NobodyNamed the suspicion
	// that a private person is named.
	NoInterest, NobodyNamed bool
	// Approval is the submitter's key over the revision.
	Approval desk.Approval
}

// HandIn returns the hash that SubmitDraft will want signed: the revision as it
// would be with the actor as its last editor.
func (w *Workflow) HandIn(ctx context.Context, actor desk.Member, id string) (string, error) {
	var revision string
	err := w.db.View(ctx, func(tx *store.Tx) error {
		m, d, err := ownDraft(tx, actor, id)
		if err != nil {
			return err
		}
		if err := w.withCopies(tx, &d); err != nil {
			return err
		}
		d.Content.LastEditor = m.ID
		revision = desk.Revision(d.Content)
		return desk.Allow(m, desk.SubmitDraft, d.State.Object())
	})
	return revision, err
}

// SubmitDraft sends the exact revision to review under the submitter's key. He
// becomes its last editor: whoever signs answers for the wording.
func (w *Workflow) SubmitDraft(ctx context.Context, actor desk.Member, id string, counter int, h Handed) error {
	const op = "submit"
	return w.onDraft(ctx, actor, desk.SubmitDraft, id, func(tx *store.Tx, m desk.Member, d desk.Draft) error {
		if d.Counter != counter {
			return &desk.Error{Kind: desk.Conflict, Op: op, Key: "error.draft.changed"}
		}
		if !h.NoInterest {
			return &desk.Error{Kind: desk.Invalid, Op: op, Key: "error.draft.interest"}
		}
		if err := w.withCopies(tx, &d); err != nil {
			return err
		}
		d.Named = false
		f, err := facts(tx, d, desk.ReviewAnswers{})
		if err != nil {
			return err
		}
		f.Cleared = h.NobodyNamed
		if err := desk.Submittable(d.Content, f); err != nil {
			return err
		}
		d.Content.LastEditor = m.ID
		d.Revision = desk.Revision(d.Content)
		d.Named = f.Named
		d.State, d.Round, d.Counter, d.Returned = desk.InReview, d.Round+1, d.Counter+1, ""
		if err := w.goodKey(tx, m, d.Revision, h.Approval); err != nil {
			return err
		}
		if err := tx.PutDraft(d, counter); err != nil {
			return err
		}
		if err := tx.AddDraftRevision(d, m.ID); err != nil {
			return err
		}
		return tx.AddDraftKey(d, store.DraftKey{Approval: h.Approval})
	})
}

// goodKey holds an approval to the member, the key and the revision it claims.
// A key that the desk keeps days for must be neither too young nor too old.
func (w *Workflow) goodKey(tx *store.Tx, m desk.Member, revision string, a desk.Approval) error {
	const op = "approve"
	switch {
	case a.Revision != revision:
		return &desk.Error{Kind: desk.Conflict, Op: op, Key: "error.approval.stale"}
	case a.MemberID != m.ID || a.KeyID != m.KeyID || m.KeyID == "":
		return &desk.Error{Kind: desk.Forbidden, Op: op, Key: "error.approval.member"}
	}
	kept, err := tx.ApprovalKeys(m.ID)
	if err != nil {
		return err
	}
	for _, k := range kept {
		if k.ID == a.KeyID {
			return desk.CheckKey(k, tx.Now())
		}
	}
	return nil
}

// Classify keeps how a reviewer classifies the claim, who has not been shown
// the author's choice. A difference marks the draft as disputed for good: it
// can then be published only as not rated.
func (w *Workflow) Classify(ctx context.Context, actor desk.Member, id string, c desk.Classification) error {
	const op = "classify"
	if !c.Kind.Valid() {
		return &desk.Error{Kind: desk.Invalid, Op: op, Key: "error.version.kind"}
	}
	return w.onDraft(ctx, actor, desk.ClassifyDraft, id, func(tx *store.Tx, m desk.Member, d desk.Draft) error {
		if d.Content.Author == m.ID || d.Content.Editor() == m.ID {
			return &desk.Error{Kind: desk.Forbidden, Op: op, Key: "error.approval.own"}
		}
		choices, err := tx.BlindChoices(d.ID)
		if err != nil {
			return err
		}
		sentence := sentenceHash(d.Content.Claim)
		if chosen(choices, m.ID, sentence) != nil {
			return &desk.Error{Kind: desk.Conflict, Op: op, Key: "error.draft.classified"}
		}
		agreed := c == desk.Classification{Kind: d.Content.Kind, AboutPower: d.Content.AboutPower}
		err = tx.AddBlindChoice(d.ID, store.BlindChoice{MemberID: m.ID, Claim: sentence, Classification: c, Agreed: agreed})
		if err != nil || agreed {
			return err
		}
		d.Disputed = true
		return tx.PutDraft(d, d.Counter)
	})
}

func sentenceHash(claim string) string { return desk.HashBytes([]byte(claim)) }

// chosen is a member's classification of a sentence, nil if there is none.
func chosen(choices []store.BlindChoice, memberID, sentence string) *store.BlindChoice {
	for i, c := range choices {
		if c.MemberID == memberID && c.Claim == sentence {
			return &choices[i]
		}
	}
	return nil
}

// ApproveDraft gives a reviewer's key to the exact revision. With the last key
// that the act needs the version is published in the same transaction, its
// claim answered and the draft closed; published says so.
func (w *Workflow) ApproveDraft(ctx context.Context, actor desk.Member, id string, answers desk.ReviewAnswers, a desk.Approval) (published bool, err error) {
	const op = "approve"
	erased := false
	err = w.onDraft(ctx, actor, desk.ApproveDraft, id, func(tx *store.Tx, m desk.Member, d desk.Draft) error {
		published = false
		if d.Content.Author == m.ID || d.Content.Editor() == m.ID {
			return &desk.Error{Kind: desk.Forbidden, Op: op, Key: "error.approval.own"}
		}
		if err := w.goodKey(tx, m, d.Revision, a); err != nil {
			return err
		}
		choices, err := tx.BlindChoices(d.ID)
		if err != nil {
			return err
		}
		mine := chosen(choices, m.ID, sentenceHash(d.Content.Claim))
		answers.Classified = mine != nil
		answers.OneSource = tidy(answers.OneSource)
		f, pages, err := factsAndPages(tx, d, answers)
		if err != nil {
			return err
		}
		if err := clean(op, "error.version.identifiers", answers.OneSource); err != nil {
			return err
		}
		if err := desk.Publishable(d.Content, f); err != nil {
			return err
		}
		if f.Sources.Independent > 1 {
			answers.OneSource = ""
		}
		given, err := tx.DraftKeys(d.ID, d.Round)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(given, func(k store.DraftKey) bool { return k.MemberID == m.ID }) {
			return &desk.Error{Kind: desk.Conflict, Op: op, Key: "error.approval.twice"}
		}
		own := store.DraftKey{Approval: a, Organisations: answers.Organisations, OneSource: answers.OneSource}
		if err := tx.AddDraftKey(d, own); err != nil {
			return err
		}
		if mine != nil {
			d.Content.Blind = mine.Classification
		}
		published, err = publish(tx, d, append(given, own), f.Desk, pages)
		erased = published && d.Content.Act == desk.ErasePersonal
		return err
	})
	if err != nil {
		return false, err
	}
	if erased {
		w.db.ScrubSoon(ctx)
	}
	return published, nil
}

// publish makes the draft a version if keys, all that its round was given, are the
// keys it needs. own is its desk, with the pages of that.
func publish(tx *store.Tx, d desk.Draft, keys []store.DraftKey, own desk.Desk, pages []desk.PolicyPage) (bool, error) {
	const op = "publish"
	v := d.Content
	var approvals []desk.Approval
	for _, k := range keys {
		if k.Left {
			return false, &desk.Error{Kind: desk.Conflict, Op: op, Key: "error.approval.left"}
		}
		approvals = append(approvals, k.Approval)
		if k.OneSource != "" {
			v.OneSource = k.OneSource
		}
	}
	if len(approvals) < v.Act.Keys() {
		return false, nil
	}
	if err := desk.CheckApprovals(v, d.Revision, approvals); err != nil {
		return false, err
	}
	v, err := numbered(tx, d, v, pages)
	if err != nil {
		return false, err
	}
	if err := desk.CheckVersion(own, v); err != nil {
		return false, err
	}
	if err := tx.AddVersion(v, d.Revision, approvals); err != nil {
		return false, err
	}
	if err := record.Version(tx, v, approvals); err != nil {
		return false, err
	}
	return true, finish(tx, d, v)
}

// numbered gives the version its place: a new check, or the next number of the
// one the draft builds on, unless somebody was faster.
func numbered(tx *store.Tx, d desk.Draft, v desk.Version, pages []desk.PolicyPage) (desk.Version, error) {
	const op = "publish"
	v.Number, v.Published, v.Disputed = d.Base+1, tx.Day(), d.Disputed
	for _, p := range pages {
		if p.Kind == desk.MethodologyPage {
			v.Method = p.SHA256
		}
	}
	if v.Act == desk.Publish {
		return v, tx.AddCheck(desk.Check{ID: d.CheckID, DeskID: d.DeskID, Lang: d.Lang, ClaimID: d.ClaimID})
	}
	latest, err := tx.Latest(d.CheckID)
	if err != nil {
		return v, err
	}
	if latest.Number != d.Base {
		return v, &desk.Error{Kind: desk.Conflict, Op: op, Key: "error.draft.overtaken"}
	}
	state := latest.State(tx.Day())
	if !desk.Allowed(desk.Admin, actionOf(v.Act), state) {
		return v, &desk.Error{Kind: desk.Conflict, Op: op, Key: "error.role.state"}
	}
	v.Gone = v.Act == desk.Withdraw || latest.Withdrawn()
	if v.Act == desk.WithholdOrder {
		v.Order.Lapses = tx.Day() + desk.OrderDays
	}
	return v, nil
}

// finish answers the claim, closes the draft and forgets its rounds.
func finish(tx *store.Tx, d desk.Draft, v desk.Version) error {
	if v.Act == desk.ErasePersonal {
		if _, err := tx.EraseBefore(v.CheckID, v.Number); err != nil {
			return err
		}
	}
	if v.Act == desk.Publish && d.ClaimID != "" {
		c, err := tx.Claim(d.ClaimID)
		if err != nil {
			return err
		}
		// A check in a second language comes to a claim that has its answer.
		if c.State != desk.Answered {
			c.State, c.CheckID, c.Closed = desk.Answered, d.CheckID, tx.Day()
			if err := tx.MoveClaim(c); err != nil {
				return err
			}
		}
	}
	d.State = desk.Published
	if err := tx.PutDraft(d, d.Counter); err != nil {
		return err
	}
	return tx.ForgetRevisions(d.ID)
}

// ReturnDraft gives a draft back with a reason. The keys given to it are void.
func (w *Workflow) ReturnDraft(ctx context.Context, actor desk.Member, id, revision, reason string) error {
	const op = "return"
	reason = tidy(reason)
	if reason == "" || utf8.RuneCountInString(reason) > desk.RemarkMax {
		return &desk.Error{Kind: desk.Invalid, Op: op, Key: "error.draft.return"}
	}
	if err := clean(op, "error.version.identifiers", reason); err != nil {
		return err
	}
	return w.onDraft(ctx, actor, desk.ReturnDraft, id, func(tx *store.Tx, m desk.Member, d desk.Draft) error {
		if d.Revision != revision {
			return &desk.Error{Kind: desk.Conflict, Op: op, Key: "error.approval.stale"}
		}
		if err := tx.AddReturn(d, m.ID, reason); err != nil {
			return err
		}
		from := d.Counter
		d.State, d.Revision, d.Returned, d.Named, d.Counter = desk.Writing, "", reason, false, from+1
		return tx.PutDraft(d, from)
	})
}

// DropDraft ends a draft without a check. Its wording is gone.
func (w *Workflow) DropDraft(ctx context.Context, actor desk.Member, id string, counter int) error {
	return w.onDraft(ctx, actor, desk.DropDraft, id, func(tx *store.Tx, _ desk.Member, d desk.Draft) error {
		if d.Counter != counter {
			return &desk.Error{Kind: desk.Conflict, Op: "drop", Key: "error.draft.changed"}
		}
		d.State, d.Revision = desk.Dropped, ""
		if err := tx.PutDraft(d, counter); err != nil {
			return err
		}
		return tx.ForgetRevisions(d.ID)
	})
}
