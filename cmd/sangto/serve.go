package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"

	"sangto/internal/activation"
	"sangto/internal/app"
	"sangto/internal/config"
)

// folder is the flags of every command that opens a data folder.
type folder struct {
	Data string `name:"data" env:"SANGTO_DATA" type:"path" help:"${cli_flag_data}"`
	DB   string `name:"db" env:"SANGTO_DB" help:"${cli_flag_db}"`
	Lock string `name:"lock-db" env:"SANGTO_LOCK_DB" help:"${cli_flag_lock_db}"`
	Zone string `name:"zone" env:"SANGTO_ZONE" default:"Asia/Ho_Chi_Minh" help:"${cli_flag_zone}"`
}

func (f folder) config() (config.Config, error) {
	return config.Raw{Data: f.Data, DB: f.DB, LockDB: f.Lock, Zone: f.Zone}.Config()
}

// public is config for a command that may be told the desk's public address;
// site is nil if it was not.
func (f folder) public(address string) (cfg config.Config, site *url.URL, err error) {
	cfg, err = config.Raw{Data: f.Data, DB: f.DB, LockDB: f.Lock, Zone: f.Zone, URL: address}.Config()
	if address != "" {
		site = cfg.URL
	}
	return cfg, site, err
}

type serveCmd struct {
	folder
	Demo    bool     `name:"demo" help:"${cli_flag_demo}"`
	Listen  string   `name:"listen" env:"SANGTO_LISTEN" default:"127.0.0.1:8080" help:"${cli_flag_listen}"`
	URL     string   `name:"url" env:"SANGTO_URL" help:"${cli_flag_url}"`
	Proxy   []string `name:"proxy" env:"SANGTO_PROXY" help:"${cli_flag_proxy}"`
	Name    string   `name:"name" env:"SANGTO_NAME" help:"${cli_flag_name}"`
	TLS     string   `name:"tls" env:"SANGTO_TLS" enum:"off,files" default:"off" help:"${cli_flag_tls}"`
	TLSCert string   `name:"tls-cert" env:"SANGTO_TLS_CERT" type:"path" help:"${cli_flag_tls_cert}"`
	TLSKey  string   `name:"tls-key" env:"SANGTO_TLS_KEY" type:"path" help:"${cli_flag_tls_key}"`

	Licence string `name:"data-licence" env:"SANGTO_DATA_LICENCE" enum:"CC-BY-4.0,CC-BY-SA-4.0,CC0-1.0,ODbL-1.0" default:"CC-BY-4.0" help:"${cli_flag_licence}"`

	Organisation       string `name:"oidc-issuer" env:"SANGTO_OIDC_ISSUER" help:"${cli_flag_oidc_issuer}"`
	OrganisationClient string `name:"oidc-client" env:"SANGTO_OIDC_CLIENT" help:"${cli_flag_oidc_client}"`
	OrganisationSecret string `name:"oidc-secret-file" env:"SANGTO_OIDC_SECRET_FILE" type:"path" help:"${cli_flag_oidc_secret}"`
	OrganisationName   string `name:"oidc-name" env:"SANGTO_OIDC_NAME" help:"${cli_flag_oidc_name}"`

	Embed      string `name:"embed" env:"SANGTO_EMBED" help:"${cli_flag_embed}"`
	EmbedModel string `name:"embed-model" env:"SANGTO_EMBED_MODEL" help:"${cli_flag_embed_model}"`
	EmbedKind  string `name:"embed-kind" env:"SANGTO_EMBED_KIND" enum:"openai,ollama" default:"openai" help:"${cli_flag_embed_kind}"`

	Witnesses string `name:"witnesses" env:"SANGTO_WITNESSES" type:"path" help:"${cli_flag_witnesses}"`

	Backup     string `name:"backup" env:"SANGTO_BACKUP" type:"path" help:"${cli_flag_backup}"`
	BackupKeep int    `name:"backup-keep" env:"SANGTO_BACKUP_KEEP" default:"14" help:"${cli_flag_keep}"`
}

// Run serves until it is told to stop.
func (c serveCmd) Run(ctx context.Context, s std) (err error) {
	if c.Demo && c.Data == "" {
		dir, err := os.MkdirTemp("", "sangto-demo-")
		if err != nil {
			return fmt.Errorf("make a folder for the demonstration: %w", err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		c.Data = dir
	}
	socket, err := activation.Listener(os.Getenv, os.Getpid())
	if err != nil {
		return err
	}
	cfg, err := config.Raw{
		Socket: socket, Data: c.Data, DB: c.DB, LockDB: c.Lock, Zone: c.Zone, Listen: c.Listen, URL: c.URL, Proxies: c.Proxy, Name: c.Name,
		TLS: c.TLS, TLSCert: c.TLSCert, TLSKey: c.TLSKey, Demo: c.Demo,
		Licence: c.Licence, Embed: c.Embed, EmbedModel: c.EmbedModel, EmbedKind: c.EmbedKind,
		Backup: c.Backup, BackupKeep: c.BackupKeep, Witnesses: c.Witnesses,
	}.Config()
	if err != nil {
		return err
	}
	var receipts []app.Receipt
	if c.Demo {
		if receipts, err = app.SeedDemo(ctx, cfg); err != nil {
			return err
		}
	}
	log := app.Logger(s.err, slog.LevelInfo)
	a, err := app.New(ctx, cfg, log)
	if err != nil {
		return err
	}
	if !c.Demo {
		if err := app.KeepBallast(cfg); err != nil {
			log.Warn("no ballast was laid by for the day the disk is full", "error", err)
		}
	}
	greet(s, a.Config(), receipts)
	if err := door(ctx, s, a, c.Demo); err != nil {
		a.Close()
		return err
	}
	s.say("cli.serve.stop")
	if err := tellManager(ctx, log); err != nil {
		log.Warn("the service manager was not told", "error", err)
	}
	if err := a.Run(ctx); err != nil {
		return err
	}
	s.say("cli.serve.stopped")
	return nil
}

// tellManager tells whoever started the program that it serves, and will when
// it stops. Connections are taken already: they wait for Run.
func tellManager(ctx context.Context, log *slog.Logger) error {
	manager := activation.NewNotifier(os.Getenv)
	context.AfterFunc(ctx, func() {
		if err := manager.Stopping(); err != nil {
			log.Warn("the service manager was not told", "error", err)
		}
	})
	return manager.Ready()
}

// greet tells the operator where the desk is.
func greet(s std, cfg config.Config, receipts []app.Receipt) {
	for _, w := range cfg.Warnings() {
		fmt.Fprintln(s.err, s.words.Error(w))
	}
	s.say("cli.serve.open", "URL", cfg.URL.String()+"/")
	if len(receipts) > 0 {
		s.say("cli.serve.demo")
	}
	shown := map[string]bool{}
	for _, r := range receipts {
		if state := string(r.State); !shown[state] {
			shown[state] = true
			fmt.Fprintf(s.out, "  %s  %s\n", r.Code, s.words.T("cli.state."+string(r.State)))
		}
	}
}

// door tells the operator how members come in: by the link of set-up while
// there is nobody, and, for the demonstration, by a link for each of its
// members.
func door(ctx context.Context, s std, a *app.App, demo bool) error {
	if demo {
		links, err := a.FreshLinks(ctx)
		if err != nil {
			return err
		}
		s.say("cli.serve.members")
		for _, l := range links {
			fmt.Fprintf(s.out, "  %s (%s)\n    %s\n", l.Member.Name, s.words.T("cli.role."+string(l.Member.Role)), l.Address(a.DeskURL()))
		}
		return nil
	}
	l, due, err := a.SetUpLink(ctx)
	if err != nil {
		return err
	}
	if due {
		s.say("cli.serve.set_up")
		fmt.Fprintf(s.out, "  %s\n", l.Address(a.DeskURL()))
		return nil
	}
	s.say("cli.serve.desk", "URL", a.DeskURL().String()+"/desk/")
	return nil
}
