//! `report --html`: one page for a team, looked at in a browser at two widths; its numbers are those of the state file.
#![cfg(debug_assertions)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::loop_mount::skip;
use crate::support::{NOW, Sandbox};

/// Longer than a narrow screen is wide.
const LONG: &str = "disk-00000000-0000-4000-8000-000000000001.of-a-cloud-with-longer-names";

/// Two instances with a history, in which something failed, a third without any snapshot, and schedules. One has two disks.
fn lived() -> Sandbox {
    let sandbox = Sandbox::empty();
    let instances: [(&str, &[&str]); 3] =
        [("db/0", &["disk-db-0"]), ("db/1", &["disk-db-1", LONG]), ("web/0", &["disk-web-0"])];
    sandbox.furnish_disks(&instances, "");
    sandbox.manifest(true, r#"verify: [/bin/sh, -c, 'echo "$SNAPBACK_HOOK_DISK"']"#);
    let manifest = fs::read_to_string(sandbox.path("director.yml")).unwrap();
    let own = "  snapback:\n    retention: {keep_daily: 7, keep_weekly: 4}\n    schedule: {jobs: [{name: nightly, cron: '0 2 * * *', do: take}]}\n";
    sandbox.write("director.yml", &manifest.replace("  snapback:\n", own));
    let at = |time: &str, arguments: &[&str]| {
        let ran = sandbox.prepare(arguments).env("SNAPBACK_TEST_NOW", &format!("2026-11-{time}:00Z")).go();
        assert!([0, 4, 7].contains(&ran.status), "{arguments:?}: {ran:?}");
    };
    at("10T02:00", &["take", "db"]);
    let cid = sandbox.rows(&["snapshots", "db/0"], "snapshots")[0]["cid"].as_str().unwrap().to_owned();
    at("12T04:00", &["drill", &cid]);
    at("18T09:00", &["guard", "db/0", "--", "sh", "-c", "exit 7"]);
    at("18T09:10", &["-n", "restore", &cid]);
    at("18T11:00", &["-n", "undo"]);
    at("21T02:00", &["take", "db/0", "--note", "<script>alert('x')</script> & \"all\""]);
    sandbox
}

fn page(sandbox: &Sandbox, arguments: &[&str], status: i32) -> String {
    let ran =
        sandbox.prepare(&[&["report", "--html", "page.html"], arguments].concat()).env("SNAPBACK_TEST_NOW", NOW).go();
    assert_eq!((ran.status, ran.stdout.as_str()), (status, ""), "{ran:?}");
    fs::read_to_string(sandbox.path("page.html")).unwrap()
}

/// The values of an attribute, in their order.
fn values(page: &str, attribute: &str) -> Vec<String> {
    let begin = format!(" {attribute}=\"");
    page.split(&begin).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

fn count(page: &str, key: &str) -> String {
    let begin = format!("data-count=\"{key}\">");
    let (_, rest) = page.split_once(&begin).unwrap_or_else(|| panic!("no {key}"));
    rest.split('<').next().unwrap().to_owned()
}

/// A browser shows a value above `high` in red and one up to `low` in green, since the best value lies at the beginning.
fn meter(class: &str, max: u64, target: u64, value: u64) -> String {
    format!(
        "<meter class=\"{class}\" min=\"0\" max=\"{max}\" low=\"{target}\" high=\"{target}\" optimum=\"0\" value=\"{value}\""
    )
}

/// The numbers of a page are those of the state file and of the other commands.
#[track_caller]
fn assert_true(sandbox: &Sandbox, page: &str) {
    let run = sandbox.prepare(&["status", "--max-age", "26h", "--output", "json"]).env("SNAPBACK_TEST_NOW", NOW).go();
    let status: Value = serde_json::from_str(&run.stdout).unwrap();
    let rows = status["instances"].as_array().unwrap();
    let of = |key: &str| rows.iter().map(|row| row[key].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>();
    assert_eq!(values(page, "data-instance"), of("instance"));
    assert_eq!(values(page, "data-state"), of("state"));
    assert_eq!(values(page, "data-newest"), of("cid"));
    assert_eq!(of("state"), ["ok", "too_old", "missing"]);
    let connection = rusqlite::Connection::open(sandbox.state()).unwrap();
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let unverified = "SELECT count(*) FROM instances AS i WHERE NOT EXISTS (SELECT 1 FROM snapshots AS s
        WHERE s.grp = i.grp AND s.idx = i.idx AND verified_at IS NOT NULL AND gone_at IS NULL)";
    assert_eq!(count(page, "unverified"), number(unverified).to_string());
    // Of an instance with two disks, both snapshots.
    for cid in of("cid").iter().filter(|cid| !cid.is_empty()) {
        assert!(
            page.contains(&format!("<td data-title=\"Newest snapshot\"><div><p><code class=\"whole\">{cid}</code>"))
        );
    }
    let others = rows[1]["other_cids"].as_array().unwrap();
    assert_eq!(others.len(), 1, "{rows:?}");
    assert!(page.contains(&format!("<p><code class=\"whole\">{}</code>", others[0].as_str().unwrap())), "{page}");
    for (told, class, age) in
        [("1d of 1d 2h<br>", "within", 89400), ("<b class=\"over\">12d, more than 1d 2h</b><br>", "over", 140400)]
    {
        assert!(page.contains(&format!("{told}{}", meter(class, 140400, 93600, age))), "{told}: {page}");
    }
    let failures = "SELECT (SELECT count(*) FROM operations WHERE state IN ('failed', 'partly', 'rolled back'))
        + (SELECT count(*) FROM changes WHERE outcome = 'failed')
        + (SELECT count(*) FROM schedule_runs WHERE state IN ('failed', 'missed', 'interrupted'))";
    assert!(number(failures) > 0);
    assert_eq!(count(page, "failures"), number(failures).to_string());
    assert_eq!(values(page, "data-failure").len().to_string(), count(page, "failures"));
    assert_eq!((count(page, "restorable").as_str(), count(page, "too-old").as_str()), ("2", "1"));
    let disks = number("SELECT count(*) FROM disks WHERE gone_at IS NULL");
    assert_eq!(values(page, "data-disk").len(), usize::try_from(disks).unwrap());
    let size = number("SELECT sum(size_mib) FROM disks WHERE gone_at IS NULL");
    assert_eq!(count(page, "disk-size"), format!("{size}.0 MiB"));
    let snapshots: i64 = values(page, "data-snapshots").iter().map(|count| count.parse::<i64>().unwrap()).sum();
    assert_eq!(snapshots, number("SELECT count(*) FROM snapshots WHERE gone_at IS NULL"));
    assert_eq!(values(page, "data-schedule").iter().filter(|name| *name == "nightly").count(), 1);
}

#[test]
fn its_numbers_are_those_of_the_state_and_nothing_comes_from_elsewhere() {
    let sandbox = lived();
    let text = page(&sandbox, &["--max-age", "26h"], 11);
    assert_true(&sandbox, &text);
    for (foreign, why) in
        [("<script", "a script"), ("http://", "a link"), ("https://", "a link"), ("url(", "a file"), (" on", "")]
    {
        let found = text.find(foreign).filter(|_| !why.is_empty());
        assert!(found.is_none(), "{why}: {}", &text[found.unwrap_or(0)..][..80]);
    }
    assert!(text.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;all&quot;"));
    for told in [
        "keep_daily 7, keep_weekly 4",
        "role=\"img\" aria-label=\"Timeline of db/0 from",
        "director-snapshots.db",
        "failed",
    ] {
        assert!(text.contains(told), "{told}");
    }
    // Without a target the exit code says only whether there is a page.
    let text = page(&sandbox, &[], 0);
    assert!(text.contains("no target was given"));
    let printed = sandbox.prepare(&["report", "--offline", "--html", "-"]).env("SNAPBACK_TEST_NOW", NOW).go();
    assert!(printed.status == 0 && printed.stdout.starts_with("<!DOCTYPE html>"), "{printed:?}");
    assert!(printed.stdout.contains("The clouds were not asked"));
    let short = page(&sandbox, &["db/0", "--max-age", "1s"], 11);
    assert!(short.contains(&format!("more than 1s</b><br>{}", meter("over", 2, 1, 2))), "{short}");
    let one = page(&sandbox, &["db/0"], 0);
    assert_eq!(values(&one, "data-instance"), ["db/0"]);
}

#[test]
fn it_is_written_whole_or_not_at_all_and_over_nothing_but_a_file() {
    let sandbox = Sandbox::with(&["db/0"]);
    fs::create_dir(sandbox.path("folder")).unwrap();
    assert!(Command::new("mkfifo").arg(sandbox.path("pipe")).status().unwrap().success());
    for place in ["folder", "pipe", "/dev/null"] {
        sandbox.run(&["report", "--html", place]).refused(2, &["not a file", "nothing was written"]);
    }
    sandbox.run(&["report"]).refused(2, &["--html"]);
    let json = sandbox.run(&["report", "--html", "-", "--output", "json"]);
    assert_eq!(json.status, 2, "{json:?}");
    sandbox.run(&["report", "--html", "nowhere/page.html"]).refused(1, &["could not be written"]);
    sandbox.write("page.html", "former");
    fs::set_permissions(sandbox.path("page.html"), fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("page.html", sandbox.path("link.html")).unwrap();
    assert_eq!(sandbox.run(&["report", "web/7", "--html", "link.html"]).status, 5);
    assert_eq!(fs::read_to_string(sandbox.path("page.html")).unwrap(), "former");
    assert_eq!(sandbox.run(&["report", "--html", "link.html"]).status, 0);
    assert!(fs::symlink_metadata(sandbox.path("link.html")).unwrap().is_symlink());
    let written = fs::metadata(sandbox.path("page.html")).unwrap();
    assert_eq!(written.permissions().mode() & 0o777, 0o640);
    let text = fs::read_to_string(sandbox.path("page.html")).unwrap();
    assert!(text.starts_with("<!DOCTYPE html>") && text.ends_with("</html>\n"), "{text}");
}

#[test]
fn hostile_names_draw_no_tag() {
    let sandbox = Sandbox::with(&["db/0"]);
    sandbox.take("db/0");
    let connection = rusqlite::Connection::open(sandbox.state()).unwrap();
    connection
        .execute_batch(
            "PRAGMA foreign_keys = OFF;
             UPDATE deployments SET name = '</style><img src=x onerror=\"a\">';
             UPDATE instances SET deployment = '</style><img src=x onerror=\"a\">', grp = '\"><b>' || char(27) || char(8238);
             UPDATE disks SET deployment = '</style><img src=x onerror=\"a\">', grp = '\"><b>' || char(27) || char(8238), cid = '<disk>\"''&';
             UPDATE snapshots SET deployment = '</style><img src=x onerror=\"a\">', grp = '\"><b>' || char(27) || char(8238),
             cid = '\" onload=\"x', disk = '<disk>\"''&', held = '<h1>', note = char(10) || '-->'",
        )
        .unwrap();
    let text = page(&sandbox, &["--offline"], 0);
    for bad in ["<img", "\" onload", "<disk>", "<h1>\"", "\"><b>", "\u{1b}", "\u{202e}", "note: \n"] {
        assert!(!text.contains(bad), "{bad:?}");
    }
    assert_eq!(text.matches("</style>").count(), 1);
    assert!(text.contains("&lt;disk&gt;&quot;&#39;&amp;") && text.contains("&quot; onload=&quot;x"));
}

/// The browser, if there is one.
fn chromium() -> Option<&'static Path> {
    let found =
        ["/usr/bin/chromium", "/usr/bin/chromium-browser"].map(Path::new).into_iter().find(|path| path.exists());
    if found.is_none() {
        skip("the report in a browser: chromium is not installed");
    }
    found
}

/// What the browser makes of a page at this width.
fn browsed(browser: &Path, sandbox: &Sandbox, file: &str, width: u32, more: &[&str]) -> String {
    let flags = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
                 --disable-component-update --disable-sync --hide-scrollbars";
    let output = Command::new("timeout")
        .arg("120")
        .arg(browser)
        .args(flags.split_whitespace())
        .arg(format!("--user-data-dir={}", sandbox.path("chromium").display()))
        .arg(format!("--window-size={width},2400"))
        .args(more)
        .arg(format!("file://{}", sandbox.path(file).display()))
        .env("HOME", sandbox.path("chromium"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// In a page: what reaches beyond the frame, or beyond what it stands in; which CIDs are broken; whether tables are such.
const MEASURE: &str = "<script>addEventListener('load', () => {
  const all = select => [...document.querySelectorAll(select)], named = e => e.tagName + '.' + e.className;
  const wide = all('body *').filter(e => e.getBoundingClientRect().right > innerWidth + 0.5 || (e.scrollWidth > e.clientWidth + 1 &&
    e.clientWidth > 0 && !e.matches('code.long, thead, thead *')));
  const broken = all('code.whole, code.long').filter(e => e.getBoundingClientRect().height > 2 * parseFloat(getComputedStyle(e).fontSize));
  const shown = getComputedStyle(document.querySelector('table')).display;
  top.postMessage([innerWidth, document.documentElement.scrollWidth, shown, 'wide', ...wide.map(named), 'broken',
    ...broken.map(named)].join(' '), '*') })</script>";

#[test]
fn a_browser_shows_it_whole_at_all_widths_without_scripts() {
    let Some(browser) = chromium() else { return };
    let sandbox = lived();
    let text = page(&sandbox, &["--max-age", "26h"], 11);
    // The page has no script and allows none: a copy gets one that measures, in a frame of each width.
    let policy =
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n";
    assert!(text.contains(policy));
    sandbox.write("copy.html", &text.replace(policy, "").replace("</body>", &format!("{MEASURE}</body>")));
    let widths = [1280, 1200, 1000, 999, 420];
    let frames: String = widths
        .iter()
        .map(|width| format!("<iframe src=\"copy.html\" style=\"border:0;width:{width}px;height:4000px\"></iframe>"))
        .collect();
    let frames = format!(
        "<!DOCTYPE html><body style=\"margin:0\"><script>const found = []; addEventListener('message', e => {{ found.push(e.data); \
         document.body.dataset.found = found.sort((a, b) => parseInt(b) - parseInt(a)).join(' | ') }})</script>{frames}"
    );
    sandbox.write("frames.html", &frames);
    let dom = browsed(browser, &sandbox, "frames.html", 1400, &["--virtual-time-budget=3000", "--dump-dom"]);
    let expected = widths.map(|width| {
        let shown = if width < 1000 { "block" } else { "table" };
        format!("{width} {width} {shown} wide broken")
    });
    assert_eq!(values(&dom, "data-found"), [expected.join(" | ")], "{dom}");
    for width in [1280, 420] {
        // As it is, without any script.
        let dom = browsed(browser, &sandbox, "page.html", width, &["--dump-dom"]);
        assert_true(&sandbox, &dom);
    }
    if let Some(kept) = std::env::var_os("SNAPBACK_KEEP_REPORT") {
        fs::copy(sandbox.path("page.html"), kept).unwrap();
    }
}
