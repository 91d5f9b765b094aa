//! ingress-nginx, with Debian's nginx.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use backstop::engine::controllers::Options;

use super::{Environment, Running, SetUp};
use crate::command;
use crate::control_plane::process::Process;
use crate::control_plane::wait::wait_for;
use crate::shapes::{CONTROLLER_POD, NAMESPACE};

/// The ports of the set-up. The first one gets the requests.
const PORTS: [(&str, u16); 6] = [
    ("http-port", 7101),
    ("https-port", 7102),
    ("default-server-port", 7103),
    ("healthz-port", 7104),
    ("status-port", 7105),
    ("stream-port", 7106),
];

/// Loaded in this order.
const MODULES: [&str; 3] = ["ndk_http_module", "ngx_http_lua_module", "ngx_http_headers_more_filter_module"];
/// The run folder in the files of ingress-nginx. The judge replaces it, because every process may write to it.
const UPSTREAM_RUN: &str = "/tmp/nginx/";
/// The run folder in the mount namespace of the judge.
const RUN: &str = "/etc/nginx/run/";

pub(super) const DEFAULT: SetUp = SetUp {
    id: "nginx",
    what: "ingress-nginx, with Debian's nginx",
    controller: "k8s.io/ingress-nginx",
    profile: "ingress-nginx",
    options: Options::default,
    assigned: false,
    programs: &["ingress-nginx", "nginx"],
    canaries: true,
    numberless_ports: true,
    start,
};

fn start(_: &SetUp, environment: &Environment<'_>) -> Result<Running, String> {
    let root = environment.programs.folder("nginx").join("root");
    stop_earlier()?;
    fill_etc_nginx(environment, &root).map_err(|error| format!("/etc/nginx: {error}"))?;
    let mut arguments = vec![
        format!("POD_NAME={CONTROLLER_POD}"),
        "TMPDIR=/etc/nginx/run".to_owned(),
        format!("POD_NAMESPACE={NAMESPACE}"),
        format!("NGINX_BINARY={}", root.join("usr/sbin/nginx").display()),
        format!("PATH={}:{}", root.join("usr/sbin").display(), std::env::var("PATH").unwrap_or_default()),
        format!("LD_LIBRARY_PATH={}", libraries(&root).join(":")),
        environment.programs.path("ingress-nginx").display().to_string(),
        format!("--kubeconfig={}", environment.folder.join("admin.kubeconfig").display()),
        "--ingress-class=nginx".to_owned(),
        "--update-status=false".to_owned(),
        "--enable-metrics=false".to_owned(),
    ];
    arguments.extend(PORTS.iter().map(|(flag, port)| format!("--{flag}={port}")));
    let process = Process::start("ingress-nginx", Path::new("env"), arguments, environment.folder)?;
    Ok(Running { address: ([127, 0, 0, 1], PORTS[0].1).into(), processes: vec![process] })
}

/// Ends the nginx of an earlier controller. It is in no process group of the judge, and still has the ports.
fn stop_earlier() -> Result<(), String> {
    wait_for("the earlier nginx to end", Duration::from_secs(10), || {
        let processes = fs::read_dir("/proc").map_err(|error| error.to_string())?.flatten();
        let mut of_nginx = processes.filter(|process| {
            let title = fs::read(process.path().join("cmdline")).unwrap_or_default();
            title.starts_with(b"nginx: ")
        });
        let Some(process) = of_nginx.next() else { return Ok(()) };
        let id = process.file_name().to_string_lossy().into_owned();
        command::run("sh", &["-c", "kill -s TERM -- \"$1\"", "sh", &id])?;
        Err(format!("process {id} runs"))
    })
}

/// The folders with libraries below `root` in Debian, on this architecture.
fn libraries(root: &Path) -> Vec<String> {
    let triplet = format!("{}-linux-gnu", std::env::consts::ARCH);
    ["usr/lib", "lib"].iter().map(|lib| root.join(lib).join(&triplet).display().to_string()).collect()
}

/// Fills /etc/nginx with the files of the controller and of nginx.
fn fill_etc_nginx(environment: &Environment<'_>, root: &Path) -> Result<(), String> {
    let target = PathBuf::from("/etc/nginx");
    let stand_ins = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cluster/ingress-nginx/lua/resty");
    let failed = |error: std::io::Error| error.to_string();
    let of = |path: &Path| path.display().to_string();
    fs::create_dir_all(target.join("run/nginx")).map_err(failed)?;
    fs::create_dir_all("/etc/ingress-controller/telemetry").map_err(failed)?;
    command::run(
        "cp",
        &["-R", &format!("{}/.", of(&environment.programs.folder("ingress-nginx").join("etc"))), &of(&target)],
    )?;
    command::run("cp", &["-R", &of(&stand_ins), &of(&target.join("lua"))])?;
    for file in ["mime.types", "fastcgi_params"] {
        fs::copy(root.join("etc/nginx").join(file), target.join(file)).map_err(failed)?;
    }
    // The configuration with which nginx starts, before the controller writes its own.
    let first = target.join("nginx.conf");
    let text = fs::read_to_string(&first).map_err(failed)?;
    fs::write(&first, text.replace(UPSTREAM_RUN, RUN)).map_err(failed)?;
    let template = target.join("template/nginx.tmpl");
    let text = fs::read_to_string(&template).map_err(failed)?;
    fs::write(&template, adapt(&text, root)?).map_err(failed)
}

/// Adapts the template to the nginx of Debian, which is older, has its modules in another folder, and may write to
/// other folders.
fn adapt(template: &str, root: &Path) -> Result<String, String> {
    let lua = root.join("usr/share/lua/5.1");
    let compiled = &libraries(root)[0];
    let modules = root.join("usr/lib/nginx/modules");
    let modules = MODULES.map(|module| format!("load_module {}/{module}.so;\n", modules.display())).concat();
    let changes = [
        // The only user that also exists in a user namespace.
        ("daemon off;", format!("daemon off;\nuser root;\n{modules}")),
        (
            "lua_package_path \"/etc/nginx/lua/?.lua;;\";",
            format!(
                "lua_package_path \"/etc/nginx/lua/?.lua;{}/?.lua;;\";\nlua_package_cpath \"{compiled}/lua/5.1/?.so;;\";",
                lua.display()
            ),
        ),
        ("http2 on;", String::new()),
        (UPSTREAM_RUN, RUN.to_owned()),
        (
            "proxy_temp_path  ",
            "uwsgi_temp_path /etc/nginx/run/uwsgi; scgi_temp_path /etc/nginx/run/scgi; proxy_temp_path ".to_owned(),
        ),
        ("{{ $cfg.ErrorLogPath }}", "stderr".to_owned()),
        (
            "access_log {{ or $cfg.HTTPAccessLogPath $cfg.AccessLogPath }} upstreaminfo {{ $cfg.AccessLogParams }} if=$loggable;",
            "access_log off;".to_owned(),
        ),
        // The controller only needs an address.
        (
            "listen 127.0.0.1:{{ .StatusPort }};",
            "listen 127.0.0.1:{{ .StatusPort }};\nlisten 127.0.0.1:{{ .StreamPort }};".to_owned(),
        ),
    ];
    let stream = template.find("\nstream {").zip(template.rfind("\n}\n"));
    let (from, to) = stream.ok_or("the template has no stream block")?;
    let mut adapted = format!("{}{}", &template[..from], &template[to + 2..]);
    for (old, new) in &changes {
        if !adapted.contains(old) {
            return Err(format!("the template has no {old}"));
        }
        adapted = adapted.replace(old, new);
    }
    Ok(adapted)
}
