//! `backstop certs`: creates and inspects certificates of the webhook.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use jiff::Timestamp;

use super::CommandError;
use super::global::{Console, Form, Global, Level, host, label};
use crate::tls::authority::{Authority, DAY};
use crate::tls::pair::{PairFiles, read_file};
use crate::tls::x509::CertificateFacts;
use crate::tls::{Inspection, InspectionRequest, inspect};

/// The lifetime of a CA in days. It is long, because a new CA requires a new `caBundle` in every webhook configuration.
const CA_DAYS: u32 = 3650;

/// Flags of `backstop certs`.
#[derive(Debug, clap::Args)]
pub(super) struct Certs {
    #[command(subcommand)]
    command: Command,
}

impl Certs {
    /// Runs the subcommand and prints its output.
    pub(super) fn print(&self, global: &Global, console: Console) -> Result<u8, CommandError> {
        let inspects = matches!(self.command, Command::Inspect(_));
        let used: &[&str] = if inspects { &["--namespace", "--output"] } else { &["--namespace"] };
        if let Some(flag) = global.unused_flag(used) {
            return Err(CommandError::new(format!("{flag} has no effect: no cluster is used")));
        }
        let output = run(&self.command, global, Timestamp::now())?;
        console.result(&output.result)?;
        console.styled(Level::Info, output.notes.trim(), || output.notes.clone());
        Ok(output.code)
    }
}

/// The subcommands.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Create a CA and a serving certificate for the webhook
    Generate(Generate),
    /// Show a certificate, and whether the API server would accept it
    Inspect(Inspect),
}

/// Create a CA and a serving certificate
///
/// Writes ca.crt, ca.key, tls.crt and tls.key in PEM format. With --ca-cert and --ca-key, an existing CA signs, and ca.key is not
/// written.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  backstop certs generate --out certs --service backstop -n backstop
  backstop certs generate --dns-name webhook.example --days 90
  backstop certs generate --ca-cert ca.crt --ca-key ca.key --force   # renew, caBundle unchanged")]
pub struct Generate {
    /// Directory for the files; created if it does not exist
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub out: PathBuf,
    /// Service of the webhook, in the namespace of -n: the certificate is for NAME.NAMESPACE.svc, the name that the API server uses
    #[arg(long, value_name = "NAME", default_value = "backstop", value_parser = label)]
    pub service: String,
    /// DNS name or IP address for the certificate, instead of a Service; repeatable
    #[arg(long, value_name = "NAME", conflicts_with = "service", value_parser = host)]
    pub dns_name: Vec<String>,
    /// Validity of the serving certificate in days
    #[arg(long, value_name = "N", default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=i64::from(CA_DAYS)))]
    pub days: u32,
    /// Certificate of an existing CA that signs
    #[arg(long, value_name = "FILE", requires = "ca_key")]
    pub ca_cert: Option<PathBuf>,
    /// Key of that CA
    #[arg(long, value_name = "FILE", requires = "ca_cert")]
    pub ca_key: Option<PathBuf>,
    /// Overwrite files that exist
    #[arg(long)]
    pub force: bool,
}

/// Show a certificate, and whether the API server would accept it
///
/// Exit code 0: it would. 1: it would not (expired, not yet valid, wrong key, wrong names, wrong CA, SHA-1). 2: the certificate
/// cannot be read.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  backstop certs inspect tls.crt --key tls.key                  # for the Service backstop in the namespace backstop
  backstop certs inspect tls.crt --ca-bundle ca.crt -n infra    # whether the API server would accept it there
  kubectl get validatingwebhookconfiguration backstop -o jsonpath='{.webhooks[0].clientConfig.caBundle}' | base64 -d > ca.crt")]
pub struct Inspect {
    /// PEM file: the serving certificate first, then its chain
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Private key to compare with the first certificate
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// Service of the webhook, in the namespace of -n: the certificate must be for NAME.NAMESPACE.svc, the name that the API server
    /// uses
    #[arg(long, value_name = "NAME", default_value = "backstop", value_parser = label)]
    pub service: String,
    /// DNS name or IP address that the certificate must be for, instead of a Service; repeatable
    #[arg(long, value_name = "NAME", conflicts_with = "service", value_parser = host)]
    pub dns_name: Vec<String>,
    /// PEM file with the caBundle of the webhook configuration, to verify the chain
    #[arg(long, value_name = "FILE")]
    pub ca_bundle: Option<PathBuf>,
}

/// The output of a command.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// The result, for standard output.
    pub result: String,
    /// The next steps, for standard error.
    pub notes: String,
    /// The exit code: 0, or 1 if the API server would reject the certificate.
    pub code: u8,
}

/// Runs `command` at the time `now`. The Service is in the namespace of `global` (default: `backstop`).
///
/// # Errors
/// If a file cannot be read or written.
pub fn run(command: &Command, global: &Global, now: Timestamp) -> anyhow::Result<Output> {
    let namespace = global.namespace.as_deref().unwrap_or("backstop");
    match command {
        Command::Generate(args) => generate(args, namespace, now),
        Command::Inspect(args) => inspect_command(args, namespace, global.form(), now),
    }
}

fn generate(args: &Generate, namespace: &str, now: Timestamp) -> anyhow::Result<Output> {
    let names = certificate_names(args, namespace);
    let (authority, own) = match (&args.ca_cert, &args.ca_key) {
        (Some(certificate), Some(key)) => (existing_authority(certificate, key)?, false),
        _ => (Authority::generate(now, DAY * CA_DAYS)?, true),
    };
    let issued = authority.issue(&names, now, DAY * args.days)?;
    // Before the files are written, the pair is verified as `serve` does it.
    let pair = issued.pair("generated")?;
    let mut files = vec![("ca.crt", authority.certificate().to_owned(), 0o644)];
    if own {
        files.push(("ca.key", authority.key(), 0o600));
    }
    files.push(("tls.crt", issued.certificate, 0o644));
    files.push(("tls.key", issued.key, 0o600));
    write_files(args, &files)?;

    let mut output = Output::default();
    for (name, _, _) in &files {
        writeln!(output.result, "{}", args.out.join(name).display())?;
    }
    output.notes = next_steps(args, namespace, &names, pair.facts());
    Ok(output)
}

fn certificate_names(args: &Generate, namespace: &str) -> Vec<String> {
    if args.dns_name.is_empty() {
        let service = &args.service;
        vec![format!("{service}.{namespace}.svc"), format!("{service}.{namespace}.svc.cluster.local")]
    } else {
        args.dns_name.clone()
    }
}

fn existing_authority(certificate: &Path, key: &Path) -> anyhow::Result<Authority> {
    let files = PairFiles { certificate: certificate.display().to_string(), key: key.display().to_string() };
    let text = |path: &Path| -> anyhow::Result<String> {
        String::from_utf8(read_file(path)?).with_context(|| format!("{}: is not PEM text", path.display()))
    };
    Ok(Authority::from_pem(&text(certificate)?, &text(key)?, &files)?)
}

/// Writes all files, or none if one exists and must not be replaced.
fn write_files(args: &Generate, files: &[(&str, String, u32)]) -> anyhow::Result<()> {
    // The certificate of an existing CA is not replaced by itself.
    let kept = |path: &Path| {
        let same = |other: &Path| fs::canonicalize(other).ok() == fs::canonicalize(path).ok();
        args.ca_cert.as_deref().is_some_and(|ca| path.exists() && same(ca))
    };
    fs::create_dir_all(&args.out).with_context(|| format!("{}: cannot be created", args.out.display()))?;
    let targets: Vec<_> =
        files.iter().map(|file| (args.out.join(file.0), file)).filter(|(path, _)| !kept(path)).collect();
    if let Some((path, _)) = targets.iter().find(|(path, _)| !args.force && path.symlink_metadata().is_ok()) {
        bail!("{}: exists; no file was written. Choose another --out, or overwrite with --force", path.display());
    }
    for (path, (_, text, mode)) in &targets {
        write_file(path, text, *mode).with_context(|| format!("{}: cannot be written", path.display()))?;
    }
    Ok(())
}

/// Replaces a file atomically: a reader gets the old text or the new one, and a key never gets the mode of an old file.
fn write_file(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    let temporary = path.with_extension(format!("{}.new", std::process::id()));
    let written = OpenOptions::new().write(true).create_new(true).mode(mode).open(&temporary).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    let replaced = written.and_then(|()| fs::rename(&temporary, path));
    if replaced.is_err() {
        // The first error is reported; a temporary file that stays does no harm.
        let _ = fs::remove_file(&temporary);
    }
    replaced
}

fn next_steps(args: &Generate, namespace: &str, names: &[String], facts: &CertificateFacts) -> String {
    let path = |name: &str| args.out.join(name).display().to_string();
    let (ca, certificate, key) = (path("ca.crt"), path("tls.crt"), path("tls.key"));
    format!(
        "The certificate is for {}, and expires at {}.\n\n\
         Next steps\n\
         1. Pass the certificate and the key to Backstop, as files:\n   \
            backstop serve --tls-cert {certificate} --tls-key {key}\n   \
            or as a Secret that its Pods mount:\n   \
            kubectl create secret tls backstop-tls -n {namespace} --cert={certificate} --key={key}\n\
         2. Set clientConfig.caBundle in the webhook configuration to the output of\n   \
            base64 < {ca} | tr -d '\\n'\n\
         3. Keep the key of the CA out of the cluster. Renew the certificate with --ca-cert and --ca-key before it\n   \
            expires: then caBundle does not change. Backstop reloads changed files by itself.\n",
        names.join(", "),
        facts.not_after,
    )
}

fn inspect_command(args: &Inspect, namespace: &str, form: Form, now: Timestamp) -> anyhow::Result<Output> {
    let service = [format!("{}.{namespace}.svc", args.service)];
    let request = InspectionRequest {
        certificate: &args.file,
        key: args.key.as_deref(),
        ca_bundle: args.ca_bundle.as_deref(),
        names: if args.dns_name.is_empty() { service.as_slice() } else { args.dns_name.as_slice() },
    };
    let inspection = inspect(&request, now)?;
    let code = u8::from(!inspection.problems.is_empty());
    let text = inspection_text(&inspection)?;
    Ok(Output { result: form.write(&inspection, || text)?, notes: String::new(), code })
}

fn inspection_text(inspection: &Inspection) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    for facts in &inspection.certificates {
        writeln!(text, "Subject:     {}", facts.subject)?;
        writeln!(text, "Names:       {}", if facts.names.is_empty() { "none".into() } else { facts.names.join(", ") })?;
        writeln!(text, "Issuer:      {}", facts.issuer)?;
        writeln!(text, "Valid:       {} to {}", facts.not_before, facts.not_after)?;
        writeln!(text, "Key:         {}{}", facts.key_type, if facts.is_ca { ", CA" } else { "" })?;
        writeln!(text, "Serial:      {}\n", facts.serial)?;
    }
    writeln!(text, "Days left:   {}", inspection.days_left)?;
    if let Some(matches) = inspection.key_matches {
        writeln!(text, "Key matches: {}", if matches { "yes" } else { "no" })?;
    }
    for problem in &inspection.problems {
        writeln!(text, "Problem:     {problem}")?;
    }
    Ok(text)
}
