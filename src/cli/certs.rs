//! `backstop certs`: make certificates for the webhook, and look at those that exist.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use jiff::Timestamp;
use rustls_pki_types::CertificateDer;

use super::CommandError;
use super::global::{Console, Form, Global, Level, host, label};
use crate::tls::authority::{Authority, DAY};
use crate::tls::pair::{CertificateError, CertificateErrorKind, CertificatePair, PairFiles, certificates, read_file};
use crate::tls::trust;
use crate::tls::x509::CertificateFacts;

/// Lifetime of a CA: long, because whoever replaces it has to replace every `caBundle` too.
const CA_DAYS: u32 = 3650;

/// Flags of `backstop certs`.
#[derive(Debug, clap::Args)]
pub(super) struct Certs {
    #[command(subcommand)]
    command: Command,
}

impl Certs {
    /// Runs the subcommand and prints what it has to say.
    pub(super) fn print(&self, global: &Global, console: Console) -> Result<u8, CommandError> {
        let inspects = matches!(self.command, Command::Inspect(_));
        let used: &[&str] = if inspects { &["--namespace", "--output"] } else { &["--namespace"] };
        if let Some(flag) = global.idle(used) {
            return Err(CommandError::new(format!("{flag} means nothing here: no cluster is asked")));
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
    /// Make a CA and a serving certificate for the webhook
    Generate(Generate),
    /// Show what a certificate says, and whether it can be served with
    Inspect(Inspect),
}

/// Make a CA and a serving certificate
///
/// Writes ca.crt, ca.key, tls.crt and tls.key, in PEM. With --ca-cert and --ca-key an existing CA signs, and ca.key is not written.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  backstop certs generate --out certs --service backstop -n backstop
  backstop certs generate --dns-name webhook.example --days 90
  backstop certs generate --ca-cert ca.crt --ca-key ca.key --force   # renew, caBundle unchanged")]
pub struct Generate {
    /// Directory to write into; made if it does not exist
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub out: PathBuf,
    /// Service of the webhook, in the namespace of -n: the certificate is for NAME.NAMESPACE.svc, as the API server asks for it
    #[arg(long, value_name = "NAME", default_value = "backstop", value_parser = label)]
    pub service: String,
    /// DNS name or IP address to be for, instead of a Service; repeatable
    #[arg(long, value_name = "NAME", conflicts_with = "service", value_parser = host)]
    pub dns_name: Vec<String>,
    /// Days that the serving certificate is valid
    #[arg(long, value_name = "N", default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=i64::from(CA_DAYS)))]
    pub days: u32,
    /// Certificate of an existing CA to sign with
    #[arg(long, value_name = "FILE", requires = "ca_key")]
    pub ca_cert: Option<PathBuf>,
    /// Key of that CA
    #[arg(long, value_name = "FILE", requires = "ca_cert")]
    pub ca_key: Option<PathBuf>,
    /// Overwrite files that exist
    #[arg(long)]
    pub force: bool,
}

/// Show what a certificate says
///
/// Exit code 0: it can be served with. 1: it cannot (expired, not yet valid, other key, other names, other CA, SHA-1). 2: it cannot
/// be read.
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
    /// Private key to compare the first certificate with
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// Service of the webhook, in the namespace of -n: the certificate must be for NAME.NAMESPACE.svc, as the API server asks for it
    #[arg(long, value_name = "NAME", default_value = "backstop", value_parser = label)]
    pub service: String,
    /// DNS name or IP address that the certificate must be for, instead of a Service; repeatable
    #[arg(long, value_name = "NAME", conflicts_with = "service", value_parser = host)]
    pub dns_name: Vec<String>,
    /// PEM file with what caBundle holds: whether the API server would trust the chain
    #[arg(long, value_name = "FILE")]
    pub ca_bundle: Option<PathBuf>,
}

/// What a command has to say, for the caller to print.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// The result, for standard output.
    pub result: String,
    /// What helps a person, for standard error.
    pub notes: String,
    /// The exit code: 0, or 1 when a certificate cannot be served with.
    pub code: u8,
}

/// Runs `command` at `now`. The namespace of `global` is where the Service is (default: `backstop`).
///
/// # Errors
/// A file cannot be read or written: exit code 2.
pub fn run(command: &Command, global: &Global, now: Timestamp) -> anyhow::Result<Output> {
    let namespace = global.namespace.as_deref().unwrap_or("backstop");
    match command {
        Command::Generate(args) => generate(args, namespace, now),
        Command::Inspect(args) => inspect(args, namespace, global.form(), now),
    }
}

fn generate(args: &Generate, namespace: &str, now: Timestamp) -> anyhow::Result<Output> {
    let names = names(args, namespace);
    let (authority, own) = match (&args.ca_cert, &args.ca_key) {
        (Some(certificate), Some(key)) => (existing_authority(certificate, key)?, false),
        _ => (Authority::generate(now, DAY * CA_DAYS)?, true),
    };
    let issued = authority.issue(&names, now, DAY * args.days)?;
    // The serving pair is checked as `serve` would check it before anything is written.
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

fn names(args: &Generate, namespace: &str) -> Vec<String> {
    if args.dns_name.is_empty() {
        let service = &args.service;
        vec![format!("{service}.{namespace}.svc"), format!("{service}.{namespace}.svc.cluster.local")]
    } else {
        args.dns_name.clone()
    }
}

fn existing_authority(certificate: &Path, key: &Path) -> anyhow::Result<Authority> {
    let origin = PairFiles { certificate: certificate.display().to_string(), key: key.display().to_string() };
    let text = |path: &Path| -> anyhow::Result<String> {
        String::from_utf8(read_file(path)?).with_context(|| format!("{}: is not PEM text", path.display()))
    };
    Ok(Authority::from_pem(&text(certificate)?, &text(key)?, &origin)?)
}

/// Writes all files, or none if one exists already and may not be replaced.
fn write_files(args: &Generate, files: &[(&str, String, u32)]) -> anyhow::Result<()> {
    // A CA that signs from its own place keeps it.
    let kept = |path: &Path| {
        let same = |other: &Path| fs::canonicalize(other).ok() == fs::canonicalize(path).ok();
        args.ca_cert.as_deref().is_some_and(|ca| path.exists() && same(ca))
    };
    fs::create_dir_all(&args.out).with_context(|| format!("{}: cannot be made", args.out.display()))?;
    let targets: Vec<_> =
        files.iter().map(|file| (args.out.join(file.0), file)).filter(|(path, _)| !kept(path)).collect();
    if let Some((path, _)) = targets.iter().find(|(path, _)| !args.force && path.symlink_metadata().is_ok()) {
        bail!("{}: exists; nothing was written. Choose another --out, or overwrite with --force", path.display());
    }
    for (path, (_, text, mode)) in &targets {
        write_file(path, text, *mode).with_context(|| format!("{}: cannot be written", path.display()))?;
    }
    Ok(())
}

/// Replaces the file as a whole: a reader sees the old text or the new one, and a key never has the mode of what was there.
fn write_file(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    let written = OpenOptions::new().write(true).create_new(true).mode(mode).open(&beside).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    let replaced = written.and_then(|()| fs::rename(&beside, path));
    if replaced.is_err() {
        // The error that is reported is the first one; what is left behind is only a leftover.
        let _ = fs::remove_file(&beside);
    }
    replaced
}

fn next_steps(args: &Generate, namespace: &str, names: &[String], facts: &CertificateFacts) -> String {
    let at = |name: &str| args.out.join(name).display().to_string();
    let (ca, certificate, key) = (at("ca.crt"), at("tls.crt"), at("tls.key"));
    format!(
        "For {} until {}.\n\n\
         Next steps\n\
         1. Give the pair to Backstop, as files:\n   \
            backstop serve --tls-cert {certificate} --tls-key {key}\n   \
            or as a Secret that its Pods mount:\n   \
            kubectl create secret tls backstop-tls -n {namespace} --cert={certificate} --key={key}\n\
         2. Give the CA to the API server: clientConfig.caBundle of the webhook is\n   \
            base64 < {ca} | tr -d '\\n'\n\
         3. Keep the CA's key away from the cluster; renew before the end with --ca-cert and --ca-key,\n   \
            so that caBundle can stay as it is. Backstop picks up changed files by itself.\n",
        names.join(", "),
        facts.not_after,
    )
}

#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Inspection {
    file: String,
    certificates: Vec<CertificateFacts>,
    /// Whole days until the first certificate ends; negative when it has ended.
    days_left: i64,
    /// None without --key.
    key_matches: Option<bool>,
    problems: Vec<String>,
}

fn inspect(args: &Inspect, namespace: &str, form: Form, now: Timestamp) -> anyhow::Result<Output> {
    let file = args.file.display().to_string();
    let pem = read_file(&args.file)?;
    let chain = certificates(&pem).map_err(|kind| CertificateError { file: file.clone(), kind })?;
    let facts = chain.iter().map(|der| facts(der, &file)).collect::<anyhow::Result<Vec<_>>>()?;
    let Some(first) = facts.first() else { bail!("{file}: holds no certificate") };
    let mut problems = problems(&facts, now);
    if !first.names.is_empty() {
        problems.extend(misnamed(args, namespace, chain.first(), first));
    }
    if let Some(path) = &args.ca_bundle {
        let bundle = path.display().to_string();
        let roots = certificates(&read_file(path)?);
        let roots = roots.map_err(|kind| CertificateError { file: bundle.clone(), kind })?;
        let untrusted = trust::verify_chain(&chain, &roots, now).err();
        problems.extend(untrusted.map(|why| format!("who trusts {bundle} does not trust the chain: {why}")));
    }
    let mut key_matches = None;
    if let Some(key) = &args.key {
        let origin = PairFiles { certificate: file.clone(), key: key.display().to_string() };
        let mismatch = match CertificatePair::from_pem(&pem, &read_file(key)?, origin) {
            Ok(_) => None,
            Err(error) if matches!(error.kind, CertificateErrorKind::Mismatch { .. }) => Some(error.to_string()),
            Err(error) => return Err(error.into()),
        };
        key_matches = Some(mismatch.is_none());
        problems.extend(mismatch);
    }
    let days_left = first.not_after.duration_since(now).as_hours().div_euclid(24);
    let inspection = Inspection { file, days_left, key_matches, problems, certificates: facts };
    let code = u8::from(!inspection.problems.is_empty());
    let text = inspection.text()?;
    let result = form.write(&inspection, || text)?;
    Ok(Output { result, notes: String::new(), code })
}

fn facts(der: &CertificateDer<'_>, file: &str) -> anyhow::Result<CertificateFacts> {
    CertificateFacts::read(der).map_err(|reason| anyhow::anyhow!("{file}: cannot be decoded: {reason}"))
}

/// The names that the API server will ask for, and the first certificate is not for.
fn misnamed(
    args: &Inspect,
    namespace: &str,
    der: Option<&CertificateDer<'_>>,
    facts: &CertificateFacts,
) -> Vec<String> {
    let service = [format!("{}.{namespace}.svc", args.service)];
    let wanted = if args.dns_name.is_empty() { service.as_slice() } else { &args.dns_name };
    let missing = wanted.iter().filter(|name| !der.is_some_and(|der| trust::is_valid_for_name(der, name)));
    let names = facts.names.join(", ");
    let told = |name: &String| {
        format!(
            "the first certificate is not for {name}, which the API server asks for, but for {names}: make another, \
             or say with --service, -n or --dns-name what it is for"
        )
    };
    missing.map(told).collect()
}

fn problems(chain: &[CertificateFacts], now: Timestamp) -> Vec<String> {
    let mut problems = Vec::new();
    for (place, facts) in chain.iter().enumerate() {
        let which = format!("certificate {} ({})", place + 1, facts.title());
        if now >= facts.not_after {
            problems.push(format!("{which} expired at {}: renew it", facts.not_after));
        } else if now < facts.not_before {
            problems.push(format!("{which} is not valid before {}: check the clocks", facts.not_before));
        }
        // Who trusts a root does not look at its signature.
        if let Some(hash) = facts.weak_signature.filter(|_| place == 0 || facts.subject != facts.issuer) {
            problems.push(format!("{which} is signed with {hash}, which the API server refuses: have it signed anew"));
        }
        if chain.get(place + 1).is_some_and(|next| next.subject != facts.issuer) {
            problems.push(format!("{which} is not followed by its issuer, {}: put the chain in order", facts.issuer));
        }
    }
    if chain.first().is_some_and(|first| first.names.is_empty()) {
        problems.push(
            "the first certificate has no subject alternative names: the API server ignores the common name".into(),
        );
    }
    problems
}

impl Inspection {
    fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        for facts in &self.certificates {
            writeln!(text, "Subject:     {}", facts.subject)?;
            writeln!(
                text,
                "Names:       {}",
                if facts.names.is_empty() { "none".into() } else { facts.names.join(", ") }
            )?;
            writeln!(text, "Issuer:      {}", facts.issuer)?;
            writeln!(text, "Valid:       {} to {}", facts.not_before, facts.not_after)?;
            writeln!(text, "Key:         {}{}", facts.key_type, if facts.is_ca { ", may sign (CA)" } else { "" })?;
            writeln!(text, "Serial:      {}\n", facts.serial)?;
        }
        writeln!(text, "Days left:   {}", self.days_left)?;
        if let Some(matches) = self.key_matches {
            writeln!(text, "Key matches: {}", if matches { "yes" } else { "no" })?;
        }
        for problem in &self.problems {
            writeln!(text, "Problem:     {problem}")?;
        }
        Ok(text)
    }
}
