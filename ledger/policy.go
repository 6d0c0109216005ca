package ledger

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// MaxPolicy is the longest policy file this package reads, in bytes.
const MaxPolicy = 64 << 10

// maxPolicyLines bounds logs, witnesses and groups together.
const maxPolicyLines = 256

// Policy says whose checkpoints are believed: which logs, and which witnesses
// must have signed beside them (C2SP tlog-policy). It is immutable.
type Policy struct {
	logs      []note.Verifier
	witnesses map[string]*CosignatureVerifier
	urls      map[string]string
	groups    map[string]group
	quorum    string
}

type group struct {
	least   int
	members []string
}

// noQuorum is the quorum that asks for no witness.
const noQuorum = "none"

// LogPolicy is the policy that believes one log and asks for no witness.
func LogPolicy(vkey string) (*Policy, error) {
	return ParsePolicy([]byte("log " + vkey + "\nquorum " + noQuorum + "\n"))
}

// ParsePolicy reads a policy file. An error names the line.
func ParsePolicy(text []byte) (*Policy, error) {
	if len(text) > MaxPolicy {
		return nil, fmt.Errorf("a policy has at most %d bytes", MaxPolicy)
	}
	p := &policyReader{
		Policy: Policy{witnesses: map[string]*CosignatureVerifier{}, urls: map[string]string{}, groups: map[string]group{}},
		keys:   map[string]bool{}, member: map[string]bool{},
	}
	for i, line := range strings.Split(string(text), "\n") {
		if err := p.line(line); err != nil {
			return nil, fmt.Errorf("policy, line %d: %w", i+1, err)
		}
	}
	if p.quorum == "" {
		return nil, errors.New("the policy has no quorum line")
	}
	return &p.Policy, nil
}

type policyReader struct {
	Policy
	lines int
	// keys are the public keys seen, member the names that are in a group.
	keys, member map[string]bool
}

func (p *policyReader) line(line string) error {
	if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
		return errors.New("a control character")
	}
	// Only blank and tab part words here; strings.Fields would know more.
	words := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' })
	if len(words) == 0 || strings.HasPrefix(words[0], "#") {
		return nil
	}
	if p.lines++; p.lines > maxPolicyLines {
		return fmt.Errorf("more than %d lines", maxPolicyLines)
	}
	switch kind, rest := words[0], words[1:]; {
	case kind == "log" && (len(rest) == 1 || len(rest) == 2):
		return p.log(rest[0])
	case kind == "witness" && (len(rest) == 2 || len(rest) == 3):
		return p.witness(rest[0], rest[1], rest[2:])
	case kind == "group" && len(rest) >= 3:
		return p.group(rest[0], rest[1], rest[2:])
	case kind == "quorum" && len(rest) == 1:
		return p.setQuorum(rest[0])
	}
	return fmt.Errorf("not understood: %q", shorten(line))
}

func (p *policyReader) log(vkey string) error {
	v, err := note.NewVerifier(vkey)
	if err != nil {
		return fmt.Errorf("the log's key: %w", err)
	}
	p.logs = append(p.logs, v)
	return p.newKey(vkey)
}

// newKey refuses the same public key twice, under whatever name.
func (p *policyReader) newKey(vkey string) error {
	_, _, key, err := parseVerifierKey(vkey)
	if err != nil {
		return err
	}
	if p.keys[string(key)] {
		return errors.New("the same key twice")
	}
	p.keys[string(key)] = true
	return nil
}

func (p *policyReader) witness(name, vkey string, url []string) error {
	if err := p.newName(name); err != nil {
		return err
	}
	v, err := NewCosignatureVerifier(vkey)
	if err != nil {
		return err
	}
	p.witnesses[name] = v
	if len(url) > 0 {
		p.urls[name] = url[0]
	}
	return p.newKey(vkey)
}

func (p *policyReader) newName(name string) error {
	if name == noQuorum || p.known(name) {
		return fmt.Errorf("the name %q is taken", shorten(name))
	}
	return nil
}

func (p *policyReader) known(name string) bool {
	_, isGroup := p.groups[name]
	return isGroup || p.witnesses[name] != nil
}

func (p *policyReader) group(name, least string, members []string) error {
	if err := p.newName(name); err != nil {
		return err
	}
	g := group{members: members}
	switch least {
	case "any":
		g.least = 1
	case "all":
		g.least = len(members)
	default:
		n, err := strconv.Atoi(least)
		if err != nil || strconv.Itoa(n) != least || n < 1 || n > len(members) {
			return fmt.Errorf("a group needs 1 to %d of its members", len(members))
		}
		g.least = n
	}
	for _, m := range members {
		if !p.known(m) {
			return fmt.Errorf("%q is not defined above", shorten(m))
		}
		if p.member[m] {
			return fmt.Errorf("%q is in a group already", shorten(m))
		}
		p.member[m] = true
	}
	p.groups[name] = g
	return nil
}

func (p *policyReader) setQuorum(name string) error {
	if p.quorum != "" {
		return errors.New("a second quorum")
	}
	if name != noQuorum && !p.known(name) {
		return fmt.Errorf("%q is not defined above", shorten(name))
	}
	p.quorum = name
	return nil
}

// WitnessURL is the address of a witness, empty where the policy names none.
func (p *Policy) WitnessURL(name string) string { return p.urls[name] }

// Witnesses are the names of the witnesses, sorted.
func (p *Policy) Witnesses() []string {
	names := make([]string, 0, len(p.witnesses))
	for name := range p.witnesses {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Witness is the verifier of a witness, nil where the policy does not know it.
func (p *Policy) Witness(name string) *CosignatureVerifier { return p.witnesses[name] }

// ErrQuorum means that the log signed, but too few witnesses did.
var ErrQuorum = errors.New("too few witnesses have signed this checkpoint")

// Open reads a signed checkpoint, requires the signature of a log of the
// policy and the quorum of witnesses, and returns the checkpoint with the names of the
// witnesses that signed. Where only the quorum is missing, the checkpoint and
// the witnesses are returned with [ErrQuorum].
func (p *Policy) Open(signed []byte) (Checkpoint, []string, error) {
	c, n, err := OpenCheckpoint(signed, p.logs...)
	if err != nil {
		return Checkpoint{}, nil, err
	}
	var names []string
	for _, name := range p.Witnesses() {
		if signedBy(n, p.witnesses[name]) {
			names = append(names, name)
		}
	}
	if !p.reached(p.quorum, names) {
		return c, names, ErrQuorum
	}
	return c, names, nil
}

// signedBy looks among the signatures that the log's keys did not verify.
func signedBy(n *note.Note, v *CosignatureVerifier) bool {
	return slices.ContainsFunc(n.UnverifiedSigs, func(s note.Signature) bool {
		sig, err := signatureBytes(s)
		return err == nil && s.Name == v.Name() && s.Hash == v.KeyHash() && v.Verify([]byte(n.Text), sig)
	})
}

func (p *Policy) reached(name string, signed []string) bool {
	if name == noQuorum {
		return true
	}
	g, ok := p.groups[name]
	if !ok {
		return slices.Contains(signed, name)
	}
	n := 0
	for _, m := range g.members {
		if p.reached(m, signed) {
			n++
		}
	}
	return n >= g.least
}
