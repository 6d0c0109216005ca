package client

import "time"

// Desk says who publishes, who owns them and who pays for them.
type Desk struct {
	ID string `json:"id"`
	// URL: page of the desk here.
	URL  string `json:"url"`
	Name string `json:"name"`
	// Lang: language of the desk's own words.
	Lang string `json:"lang,omitempty"`
	// Here: whether the desk works on this site; others were imported.
	Here    bool   `json:"here"`
	Website string `json:"website,omitempty"`
	// Owner: in the desk's own words; empty if nobody has declared it.
	Owner     string `json:"owner"`
	OwnerKind Term   `json:"owner_kind"`
	// Funders: in the desk's own words; empty if nobody has declared it.
	Funders string `json:"funders"`
	// FunderKind: kind of whoever gives more than half of the income.
	FunderKind Term `json:"funder_kind"`
	// OfPower: owned or mostly paid by a state or a party: such a desk gives no verdict on claims about power.
	OfPower bool `json:"of_power"`
	// Declared: day of the declaration.
	Declared string `json:"declared,omitempty"`
}

// Check is a check as lists and look-ups show it.
type Check struct {
	ID string `json:"id"`
	// URL: lasting address of its page.
	URL string `json:"url"`
	// Lang: language of the wording.
	Lang  string `json:"lang"`
	Topic *Term  `json:"topic,omitempty"`
	// Imported: published elsewhere first; rating and wording are the publisher's.
	Imported bool `json:"imported"`
	// SourceURL: where an imported check was published.
	SourceURL string `json:"source_url,omitempty"`
	// LinkOnly: kept as a link without wording, because that held personal data.
	LinkOnly bool `json:"link_only,omitempty"`

	// Number: number of this version, counted from 1.
	Number int `json:"number"`
	// Act: what this version did. One of publish, correct, withdraw, import, erase_personal, withhold_order, restore.
	Act string `json:"act"`
	// Published: day of this version.
	Published string `json:"published"`
	// Withdrawn: with this version the desk stands by the check no more.
	Withdrawn bool `json:"withdrawn"`
	// Withheld: the wording is not shown: an order hides it, see order, or the public record has a newer version than this site.
	Withheld bool `json:"withheld"`

	// Claim: the one sentence that is judged.
	Claim string `json:"claim"`
	Title string `json:"title,omitempty"`
	// Summary: why, in one sentence.
	Summary string `json:"summary,omitempty"`
	// Verdict: the desk's verdict; not_rated is none.
	Verdict *Term `json:"verdict,omitempty"`
	// NotRated: why there is no verdict.
	NotRated *Term `json:"not_rated,omitempty"`
	// Rating: the publisher's own rating of an imported check, in its words.
	Rating string `json:"rating,omitempty"`

	// Desk: who publishes, owns and pays.
	Desk Desk `json:"desk"`
	// Line: what a check is not; shown with every check.
	Line Said `json:"line"`
}

// Evidence is a source for or against a claim.
type Evidence struct {
	Position  int    `json:"position"`
	Stance    Term   `json:"stance"`
	URL       string `json:"url,omitempty"`
	Title     string `json:"title,omitempty"`
	Publisher string `json:"publisher,omitempty"`
	Quote     string `json:"quote,omitempty"`
	// Locator: where in the source.
	Locator  string `json:"locator,omitempty"`
	Dated    string `json:"dated,omitempty"`
	Archived string `json:"archived,omitempty"`
	// ArchiveURL: a third party's copy.
	ArchiveURL string `json:"archive_url,omitempty"`
	// SHA256: of the archived copy.
	SHA256 string `json:"sha256,omitempty"`
	// Copy: the desk's own copy, where it holds one.
	Copy string `json:"copy,omitempty"`
}

// Order is what a check is withheld by.
type Order struct {
	// Body: who ordered it.
	Body string `json:"body"`
	Date string `json:"date"`
	Law  string `json:"law"`
	// SHA256: of the order's text.
	SHA256 string `json:"sha256"`
	// Lapses: first day on which it no longer holds.
	Lapses string `json:"lapses"`
}

// Hearing says what became of the right of reply.
type Hearing struct {
	// State: one of asked, unsafe, nobody.
	State string `json:"state"`
	Note  string `json:"note,omitempty"`
}

// Detail is one version of a check in full.
type Detail struct {
	Check
	// Newest: number of the newest version.
	Newest int `json:"newest"`
	// Keys: how many distinct members of the desk approved this version; 0 for imported ones, whose approval is not known here.
	Keys int `json:"keys"`
	// Erased: the wording was taken out because it held a private person's data.
	Erased bool `json:"erased,omitempty"`

	// Body: the reasoning, in Markdown.
	Body string `json:"body,omitempty"`
	// ToDo: what a reader can do, in Markdown.
	ToDo string `json:"to_do,omitempty"`
	// Reason: why it was corrected or withdrawn.
	Reason string `json:"reason,omitempty"`
	// Note: what changed.
	Note string `json:"note,omitempty"`
	// AsOf: day on which the facts held.
	AsOf string `json:"as_of,omitempty"`

	// Emergency: published for a danger to health or life; looked at again soon.
	Emergency bool `json:"emergency,omitempty"`
	// Review: day by which the desk looks at it again.
	Review string `json:"review,omitempty"`
	// Sought: what was looked for and not found.
	Sought string `json:"sought,omitempty"`
	// OneSource: the reviewer's reason why one source is enough.
	OneSource string `json:"one_source,omitempty"`
	// Hearing: whether those concerned were asked.
	Hearing *Hearing `json:"hearing,omitempty"`
	// Method: sHA-256 of the methodology page of that day.
	Method string `json:"method,omitempty"`
	// Order: the order of a version that withholds.
	Order *Order `json:"order,omitempty"`
	// Recorded: its entry in the public record; absent for imported checks.
	Recorded *Entry `json:"recorded,omitempty"`

	// Evidence: sources for and against.
	Evidence []Evidence `json:"evidence"`
}

// Entry is an entry of the public record.
type Entry struct {
	// Index: number of the leaf, counted from 0.
	Index int64 `json:"index"`
	// Signed: whether the published checkpoint covers it.
	Signed bool `json:"signed"`
	// Content: what its hashes cover; absent where it was erased or is withheld.
	Content string `json:"content,omitempty"`
	// Proof: that it is in the record; absent until it is signed.
	Proof string `json:"proof,omitempty"`
}

// NoticeWords are the words of a service notice in one language.
type NoticeWords struct {
	What  string `json:"what"`
	Where string `json:"where"`
	// ToDo: what a reader can do.
	ToDo string `json:"to_do"`
}

// Notice is a version of a service notice: a short-lived statement by a named
// body, passed on and not checked. It is no check.
type Notice struct {
	ID string `json:"id"`
	// URL: lasting address of its page.
	URL string `json:"url"`
	// Heading: whose statement it is, and that nobody here checked it; shown above it, always.
	Heading Said `json:"heading"`
	// Checked: always false.
	Checked bool `json:"checked"`
	// Number: number of this version, counted from 1.
	Number int `json:"number"`
	// Act: what this version did. One of issue, update, cancel.
	Act string `json:"act"`
	// Standing: whether it is the newest version and in force; a notice ends by itself.
	Standing bool `json:"standing"`
	Kind     Term `json:"kind"`
	// VI: in Vietnamese; at least one language is there.
	VI *NoticeWords `json:"vi,omitempty"`
	// EN: in English.
	EN *NoticeWords `json:"en,omitempty"`
	// Source: name of the body whose statement it is.
	Source    string `json:"source"`
	SourceURL string `json:"source_url,omitempty"`
	// Contact: where the body answers.
	Contact string `json:"contact"`
	// From: begin of the span it speaks of.
	From time.Time `json:"from"`
	// Until: end of it; the notice is over then.
	Until time.Time `json:"until"`
	// Note: why it was updated or cancelled; a language may be empty.
	Note *Said `json:"note,omitempty"`
	// Issued: when the first version came out.
	Issued time.Time `json:"issued"`
	// Published: when this version came out.
	Published time.Time `json:"published"`
	// SHA256: of its canonical bytes.
	SHA256 string `json:"sha256"`
	// Desk: who passes it on, owns and pays.
	Desk Desk `json:"desk"`
}

// NoticeList is the notices in force with a page of past ones.
type NoticeList struct {
	// Page: of past notices.
	Page Page `json:"page"`
	// Standing: in force, the one that ends first at the top; the same on every page.
	Standing []Notice `json:"standing"`
	// Past: over or cancelled, newest first.
	Past []Notice `json:"past"`
}

// FullNotice is a notice with its history and what came after.
type FullNotice struct {
	Notice
	// Versions: addresses of its versions, oldest first.
	Versions []string  `json:"versions"`
	Waiting  []Due     `json:"waiting"`
	Outcomes []Outcome `json:"outcomes"`
}

// Head is a line of a check's history.
type Head struct {
	Number    int    `json:"number"`
	URL       string `json:"url"`
	Act       string `json:"act"`
	Published string `json:"published"`
	Reason    string `json:"reason,omitempty"`
	Note      string `json:"note,omitempty"`
	Order     *Order `json:"order,omitempty"`
}

// Page says which part of a list this is.
type Page struct {
	// Number: counted from 1.
	Number int `json:"number"`
	Pages  int `json:"pages"`
	// Total: how many there are in all.
	Total int `json:"total"`
	// Next: address of the next page.
	Next string `json:"next,omitempty"`
}

// CheckList is a page of checks.
type CheckList struct {
	Page Page `json:"page"`
	// Checks: newest first.
	Checks []Check `json:"checks"`
}

// Claim is a sentence that at least one desk has judged.
type Claim struct {
	// ID: id of the check that words it.
	ID    string `json:"id"`
	Claim string `json:"claim"`
	Lang  string `json:"lang"`
	Topic *Term  `json:"topic,omitempty"`
	// Check: address of the check in this interface.
	Check string `json:"check"`
}

// ClaimList is a page of claims.
type ClaimList struct {
	Page Page `json:"page"`
	// Claims: newest first; a page leaves out checks without wording and may hold fewer than 20.
	Claims []Claim `json:"claims"`
}

// Finding is what one desk found on a claim.
type Finding struct {
	Check Check `json:"check"`
	// Since: since when another desk's check stands beside this desk's.
	Since string `json:"since,omitempty"`
}

// Findings are those of desks of one owner, which count once.
type Findings struct {
	// Owner: the declared owner; empty if nobody has declared it.
	Owner    string    `json:"owner"`
	Findings []Finding `json:"findings"`
}

// ClaimFindings are what desks found on one claim.
type ClaimFindings struct {
	Claim
	// Owners: what desks found, grouped by who owns them. They may differ; there is no arbiter.
	Owners []Findings `json:"owners"`
}

// Outcome is what became of a contest.
type Outcome struct {
	// State: one of upheld, declined, lapsed.
	State   string `json:"state"`
	Came    string `json:"came"`
	Decided string `json:"decided,omitempty"`
	Answer  string `json:"answer,omitempty"`
	Lang    string `json:"lang,omitempty"`
	// Outside: who outside the desk decided.
	Outside string `json:"outside,omitempty"`
}

// Reply is the word of somebody a check concerns.
type Reply struct {
	Text   string `json:"text,omitempty"`
	Day    string `json:"day"`
	Erased string `json:"erased,omitempty"`
}

// Due is a contest or a reply that waits for the desk. Nothing says how many
// wait.
type Due struct {
	// Kind: one of contest, reply.
	Kind string `json:"kind"`
	Came string `json:"came"`
	// Due: last day on which an answer is in time.
	Due  string `json:"due"`
	Late bool   `json:"late"`
}

// TakenAway is another desk's check that two members took away from beside
// this one.
type TakenAway struct {
	Check  Check  `json:"check"`
	Day    string `json:"day"`
	Reason string `json:"reason"`
}

// Afterwards is what came after a check of a desk here.
type Afterwards struct {
	// Stale: about a matter that changes, and not looked at for long.
	Stale     bool        `json:"stale"`
	Waiting   []Due       `json:"waiting"`
	Outcomes  []Outcome   `json:"outcomes"`
	Replies   []Reply     `json:"replies"`
	TakenAway []TakenAway `json:"taken_away"`
	// NobodyUninvolved: everybody at the desk who may answer contests had a part in this check.
	NobodyUninvolved bool `json:"nobody_uninvolved"`
}

// FullCheck is the newest version of a check with its history and what came after.
type FullCheck struct {
	Detail
	// Versions: oldest first.
	Versions []Head `json:"versions"`
	// After: contests, replies and what else came after; absent for imported checks.
	After *Afterwards `json:"after,omitempty"`
}

// EvidenceList are the sources of a version.
type EvidenceList struct {
	Evidence []Evidence `json:"evidence"`
	Line     Said       `json:"line"`
}

// Overdue is a desk that has not gone over one of its pages for a year.
type Overdue struct {
	// Desk: id of the desk.
	Desk  string   `json:"desk"`
	Pages []string `json:"pages"`
}

// Site says what the site is called and where everything is.
type Site struct {
	// Name: what this site calls itself; empty for the program's own name.
	Name string `json:"name"`
	// Notice: what every reader is told first.
	Notice *Said `json:"notice,omitempty"`
	// Zone: time zone in which days are counted.
	Zone string `json:"zone"`
	// Overdue: desks that have not gone over their pages for a year.
	Overdue []Overdue `json:"overdue"`
	// Topics: the closed list of topics.
	Topics []Term `json:"topics"`
	// Line: what a check is not.
	Line  Said  `json:"line"`
	Links Links `json:"links"`
}

// Links are where everything is.
type Links struct {
	Documentation string `json:"documentation"`
	// Description: the OpenAPI description.
	Description string `json:"description"`
	Checks      string `json:"checks"`
	Desks       string `json:"desks"`
	Figures     string `json:"figures"`
	Feeds       string `json:"feeds"`
	Notices     string `json:"notices"`
	Record      string `json:"record"`
}

// FullDesk is a desk with its own words and pages.
type FullDesk struct {
	Desk
	// About: what the desk says of itself, in Markdown.
	About string `json:"about,omitempty"`
	// Pages: addresses of the pages it owes its readers; empty for desks that work elsewhere.
	Pages []string `json:"pages"`
}

// PageVersion is a version of a page of a desk.
type PageVersion struct {
	Number int    `json:"number"`
	Day    string `json:"day"`
	// SHA256: of its canonical bytes.
	SHA256 string `json:"sha256"`
}

// Declaration is what a desk declared of who owns it and who pays for it.
type Declaration struct {
	Day        string `json:"day"`
	Owner      string `json:"owner"`
	OwnerKind  Term   `json:"owner_kind"`
	Funders    string `json:"funders"`
	FunderKind Term   `json:"funder_kind"`
	// HandedOver: with this the desk went to another operator.
	HandedOver bool `json:"handed_over"`
	Note       Said `json:"note"`
}

// Correction is a version that came after a first one.
type Correction struct {
	// Check: id of the check.
	Check string `json:"check"`
	Head
}

// DeskPage is a page a desk owes its readers.
type DeskPage struct {
	Desk Desk   `json:"desk"`
	Page string `json:"page"`
	// Text: in Markdown; absent where it was never published, and a language may be empty.
	Text  *Said        `json:"text,omitempty"`
	Shown *PageVersion `json:"shown,omitempty"`
	// Versions: oldest first.
	Versions []PageVersion `json:"versions"`
	// Old: not gone over for a year.
	Old bool `json:"old"`

	// Declarations: on ownership and funding.
	Declarations []Declaration `json:"declarations,omitempty"`
	// Introductions: on people: what members say of themselves, by their own choice.
	Introductions []Said `json:"introductions,omitempty"`
	// Corrections: on corrections: the newest 20.
	Corrections []Correction `json:"corrections,omitempty"`
}

// Standing is how many checks that stand have one verdict on statements of one
// kind of claimant. It is never a person.
type Standing struct {
	Verdict Term `json:"verdict"`
	// Claimant: one of office, party, company, organisation, unknown.
	Claimant string `json:"claimant"`
	Count    int    `json:"count"`
}

// Refused is how many claims were not taken up for one reason.
type Refused struct {
	Reason Term `json:"reason"`
	Count  int  `json:"count"`
}

// DeskFigures are one desk's figures.
type DeskFigures struct {
	Desk      Desk       `json:"desk"`
	Standing  []Standing `json:"standing"`
	Corrected int        `json:"corrected"`
	Withdrawn int        `json:"withdrawn"`
	Erased    int        `json:"erased"`
	Withheld  int        `json:"withheld"`
	// Refused: claims not taken up, by reason, as of yesterday.
	Refused []Refused `json:"refused"`
	// InTime: contests answered in time; those of today are left out.
	InTime  int `json:"contests_in_time"`
	Late    int `json:"contests_late"`
	Waiting int `json:"contests_waiting"`
	Upheld  int `json:"contests_upheld"`
}

// Figures count what the desks of a site published.
type Figures struct {
	// Checked: checks of desks here that stand.
	Checked int `json:"checked"`
	// Public: of these, on statements of offices of the state and of parties.
	Public int `json:"public"`
	// NotSo: of these, found not true.
	NotSo int           `json:"public_not_true"`
	Desks []DeskFigures `json:"desks"`
}

// Feed is where one form of the feed is, in one language.
type Feed struct {
	// Format: one of atom, rss, json.
	Format string `json:"format"`
	Lang   string `json:"lang"`
	URL    string `json:"url"`
	// Topic: the same for one topic: put its code in the place of {topic}.
	Topic string `json:"topic"`
}

// Feeds says where the feeds and the open data are.
type Feeds struct {
	// Feeds: the newest checks of the desks here, for feed readers.
	Feeds []Feed `json:"feeds"`
	// ClaimReview: every standing check of the desks here, as schema.org's ClaimReview.
	ClaimReview string `json:"claim_review"`
	// Data: everything published, to take away and search without a network.
	Data string `json:"data"`
}

// Record says where the public record is.
type Record struct {
	// Origin: name of the log, as its checkpoints give it.
	Origin string `json:"origin"`
	// Checkpoint: the newest signed checkpoint.
	Checkpoint string `json:"checkpoint"`
	// Tiles: tiles of the tree and of its entries, as the tlog-tiles format lays them out: put their path in the place of {path}.
	Tiles string `json:"tiles"`
	// Key: the key that checkpoints are signed with. Note it once from somewhere you trust.
	Key string `json:"key"`
	// Policy: the log, its witnesses, and how many of them the desk asks for.
	Policy string `json:"policy"`
	// Content: what an entry's hashes cover: put its index in the place of {index}.
	Content string `json:"content"`
	// Proof: proof that an entry is in the log: put its index in the place of {index}.
	Proof string `json:"proof"`
	// Meaning: what the record shows and what it does not.
	Meaning Said `json:"meaning"`
}

// Difference is one thing that the message and a claim say differently.
type Difference struct {
	// Kind: one of number, date, negation, opposite.
	Kind string `json:"kind"`
	// Message: what the message says; empty where it says nothing.
	Message string `json:"message"`
	// Claim: what the claim says; empty where it says nothing.
	Claim string `json:"claim"`
	// Words: the difference in a sentence.
	Words Said `json:"words"`
}

// Candidate is a check that answers a text or may answer it.
type Candidate struct {
	Check Check `json:"check"`
	// Differs: numbers, dates and negations in which the text and the claim differ. Show them: a check of two metres does not answer a message of eight.
	Differs []Difference `json:"differs"`
}

// Found is the answer to a look-up.
type Found struct {
	// Text: the text as it was read, personal identifiers replaced by placeholders.
	Text string `json:"text"`
	// Outcome: none says only that no desk here has checked it, not whether it is true. One of answer, candidates, none.
	Outcome string `json:"outcome"`
	// Answer: the check that answers the text.
	Answer *Candidate `json:"answer,omitempty"`
	// Candidates: what else may answer it, or, where none does, what is nearest.
	Candidates []Candidate `json:"candidates"`
}

// Token is good for one question or one contest.
type Token struct {
	// Token: good for one question or one contest.
	Token string `json:"token"`
	// NotFor: seconds that must pass before it is taken.
	NotFor int `json:"not_before"`
	// Expires: seconds after which it is taken no more.
	Expires int `json:"expires"`
}

// Redaction says how many identifiers of one kind were taken out.
type Redaction struct {
	Kind  string `json:"kind"`
	Count int    `json:"count"`
}

// Sent is the answer to a question or a contest that was kept.
type Sent struct {
	// Text: what was kept; empty where an earlier question stands.
	Text string `json:"text"`
	// Redactions: what was taken out before anything was written.
	Redactions []Redaction `json:"redactions"`
	// Repeated: this token was used before: the first question stands.
	Repeated bool `json:"repeated"`
	// Different: the repeated call carried other words, which were not kept.
	Different bool `json:"different"`
	// Receipt: the only way back to the question. Whoever holds it can read the answer and withdraw.
	Receipt string `json:"receipt,omitempty"`
	// Days: days that the words are kept at most.
	Days int `json:"days"`
}

// Tracked is what a receipt opens.
type Tracked struct {
	// State: as of the last daily change; of a contest see contest. One of waiting, checking, answered, closed.
	State string `json:"state"`
	// Wording: the claim in the desk's words, never the asker's.
	Wording string `json:"wording,omitempty"`
	// ClosedAs: why it was closed without a check.
	ClosedAs *Term `json:"closed_as,omitempty"`
	// Check: the check that answers it, as it stands today.
	Check *Check `json:"check,omitempty"`
	// Contest: set instead where the receipt is of a contest or a reply.
	Contest *Contest `json:"contest,omitempty"`
}

// Contest is what became of a contest or a reply.
type Contest struct {
	// Kind: one of contest, reply.
	Kind string `json:"kind"`
	// State: one of waiting, upheld, declined, shown, returned, lapsed.
	State string `json:"state"`
	// Due: last day on which an answer is in time.
	Due    string `json:"due"`
	Answer string `json:"answer,omitempty"`
	Lang   string `json:"lang,omitempty"`
	// Outside: who outside the desk decided.
	Outside string `json:"outside,omitempty"`
}

// Problem is every failure, as RFC 9457 has it: its type is about:blank, so
// that Title is the status in words, and Code says what it is.
type Problem struct {
	// Title: the status in words.
	Title string `json:"title"`
	// Status: the status.
	Status int `json:"status"`
	// Code: stable name of what is wrong; the documentation page lists them.
	Code string `json:"code"`
	// Detail: what is wrong and what to do about it, in English.
	Detail string `json:"detail"`
	// Words: the same in each language.
	Words Said `json:"words"`
	// RetryAfter is how many seconds to wait.
	// RetryAfter: seconds after which the same call may succeed.
	RetryAfter int `json:"retry_after,omitempty"`
	// Reference: random number under which the operator finds a failure of ours in the log.
	Reference string `json:"reference,omitempty"`
}

// Said is one sentence or name in each language of the interface.
type Said struct {
	// VI: in Vietnamese.
	VI string `json:"vi"`
	// EN: in English.
	EN string `json:"en"`
}

// Term is one of a closed list: a code that does not change, and its name.
type Term struct {
	// Code: stable name for programs.
	Code string `json:"code"`
	// VI: name in Vietnamese.
	VI string `json:"vi"`
	// EN: name in English.
	EN string `json:"en"`
}
