package app

import (
	"context"
	"errors"
	"net/url"
	"time"

	"sangto/internal/access"
	"sangto/internal/config"
	"sangto/internal/desk"
	"sangto/internal/keys"
	"sangto/internal/record"
	"sangto/internal/store"
)

// Link is a one-time link for a member, or for setting the desk up.
type Link = access.Link

// Standing is a member as the list of members shows them.
type Standing = access.Standing

// openAccess builds what the members come in by.
func (a *App) openAccess(ring *keys.Ring, name string) (err error) {
	c := access.Config{DB: a.db, Ring: ring, URL: a.cfg.URL, Name: name, Clock: time.Now, Logger: a.log}
	if o := a.cfg.Organisation; o.On() {
		c.Organisation = &access.Organisation{Issuer: o.Issuer, Name: o.Name, ClientID: o.Client, ClientSecret: o.Secret}
	}
	a.access, err = access.New(c)
	return err
}

// DeskURL is the address under which members open the desk.
func (a *App) DeskURL() *url.URL { return a.access.URL() }

// SetUpLink is the one-time link for setting the desk up, while there is no
// administrator who can sign in; ok is false when there is one.
func (a *App) SetUpLink(ctx context.Context) (l Link, ok bool, err error) {
	return a.access.SetUpLink(ctx)
}

// FreshLinks gives every member who cannot sign in yet a new one-time link.
func (a *App) FreshLinks(ctx context.Context) ([]Link, error) {
	return access.NewOperator(a.db).Renew(ctx)
}

// AddMember makes a member in a data folder, which may be in use by a running
// desk. deskID may be empty where there is one desk. The address is the desk's
// own, for the link.
func AddMember(ctx context.Context, cfg config.Config, deskID, name string, role desk.Role) (l Link, address *url.URL, err error) {
	err = withMembers(ctx, cfg, false, func(o access.Operator, db *store.DB) (err error) {
		if l, err = o.Add(ctx, deskID, name, role); err == nil {
			address, err = deskAddress(ctx, cfg, db, l.Member.DeskID)
		}
		return err
	})
	return l, address, err
}

// RecoverMember gives a locked-out member a new link.
func RecoverMember(ctx context.Context, cfg config.Config, who string) (l Link, address *url.URL, err error) {
	err = withMembers(ctx, cfg, false, func(o access.Operator, db *store.DB) (err error) {
		if l, err = o.Recover(ctx, who); err == nil {
			address, err = deskAddress(ctx, cfg, db, l.Member.DeskID)
		}
		return err
	})
	return l, address, err
}

// Members lists the members of the local desks of a data folder.
func Members(ctx context.Context, cfg config.Config) (out []Standing, err error) {
	err = withMembers(ctx, cfg, true, func(o access.Operator, _ *store.DB) (err error) {
		out, err = o.List(ctx)
		return err
	})
	return out, err
}

func withMembers(ctx context.Context, cfg config.Config, readOnly bool, do func(access.Operator, *store.DB) error) (err error) {
	if err := exists(cfg); err != nil {
		return err
	}
	db, err := OpenStore(ctx, cfg, time.Now, readOnly)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if !readOnly {
		if err := record.Guard(ctx, db, cfg.Lock()); err != nil {
			return err
		}
	}
	return do(access.NewOperator(db), db)
}

// deskAddress is what the operator named, or what the desk says of itself.
func deskAddress(ctx context.Context, cfg config.Config, db *store.DB, deskID string) (u *url.URL, err error) {
	err = db.View(ctx, func(tx *store.Tx) error {
		d, err := tx.Desk(deskID)
		if err != nil {
			return err
		}
		u, err = url.Parse(d.URL)
		return err
	})
	if err != nil || u.Host == "" || cfg.Named() {
		u = cfg.URL
	}
	return access.DeskURL(u), err
}
