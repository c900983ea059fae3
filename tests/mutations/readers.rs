//! The real readers, and what holds of each answer.

use std::cell::RefCell;
use std::fs;
use std::time::{Duration, Instant};

use snapback::domain::ids::CpiName;
use snapback::inventory::{self, InventoryError, Source};
use snapback::manifest::{Inputs, Manifest};
use snapback::yaml::{self, Node, Value};

/// The value in the corpus that stands for a credential.
pub const SECRET: &str = "hunter2";
/// The longest that one text may take, in a debug build on a busy machine; most take a millisecond.
const LONGEST: Duration = Duration::from_secs(8);

/// What a text is given to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    Manifest,
    OpsFile,
    Variables,
    Import,
}

pub const ALL: [Reader; 4] = [Reader::Manifest, Reader::OpsFile, Reader::Variables, Reader::Import];

/// What ops files and variables are laid over.
const BASE: &str = "properties:\n  director: {name: ((name)), enable_snapshots: yes}\n  aws: {region: x, password: ((password))}\n  cert: ((cert.ca))\nlist: [((list.0))]\ninstance_groups:\n- name: bosh\n";

thread_local! {
    /// A directory for each thread, made once.
    static PLACE: RefCell<tempfile::TempDir> = RefCell::new(tempfile::tempdir().unwrap());
}

impl Reader {
    /// Reads the text as snapback would. Gives what is wrong with it; says what is wrong with the answer.
    pub fn read(self, bytes: &[u8]) -> Result<Option<String>, String> {
        let start = Instant::now();
        let error = self.error(bytes);
        let took = start.elapsed();
        if took > LONGEST {
            return Err(format!("took {took:?}"));
        }
        let Some((error, hints)) = error else { return Ok(None) };
        let told = format!("{error} {hints}");
        if !["text", "base.yml"].iter().any(|source| error.starts_with(&format!("{source}:"))) {
            return Err(format!("no source in front: {error}"));
        }
        if told.contains(SECRET) && !shows_as_a_name(bytes) {
            return Err(format!("the secret is shown: {told}"));
        }
        if error.contains(char::is_control) || error.len() > 2_000 || hints.trim().is_empty() {
            return Err(format!("no clear line with a remedy: {told:?}"));
        }
        Ok(Some(error))
    }

    fn error(self, bytes: &[u8]) -> Option<(String, String)> {
        if self == Reader::Import {
            let cpi = CpiName::new("local_cpi");
            let source = Source {
                name: "text",
                default_cpi: &cpi,
                zones: snapback::domain::zones::Zones::NONE,
                deployment: Some("prod"),
                now: chrono::DateTime::UNIX_EPOCH,
            };
            let text = yaml::read_from(bytes).map_err(|error| InventoryError::unreadable("text", &error));
            let error = text.and_then(|text| inventory::recognise(&text, &source)).err()?;
            return Some((error.to_string(), hints(&error.complaint)));
        }
        PLACE.with_borrow(|place| {
            let (text, base) = (place.path().join("text"), place.path().join("base.yml"));
            fs::write(&text, bytes).unwrap();
            fs::write(&base, BASE).unwrap();
            let one = || vec![text.clone()];
            let vars = vec!["name=prod".to_owned(), "password=hunter2".to_owned()];
            let (path, inputs) = match self {
                Reader::OpsFile => (&base, Inputs { ops_files: one(), vars, ..Inputs::default() }),
                Reader::Variables => (&base, Inputs { vars_files: one(), ..Inputs::default() }),
                Reader::Manifest | Reader::Import => (&text, Inputs { vars, ..Inputs::default() }),
            };
            let error = Manifest::load_with(path, &inputs).err()?;
            let plain = error.to_string().replace(&format!("{}/", place.path().display()), "");
            Some((plain, hints(&error.complaint)))
        })
    }
}

fn hints(complaint: &yaml::Complaint) -> String {
    complaint.hints.iter().map(|hint| format!("{hint} ")).collect()
}

/// Whether a mutation has made a key or a name of the secret. Those are shown, as the parts of a place are.
fn shows_as_a_name(bytes: &[u8]) -> bool {
    const SHOWN: [&str; 5] = ["name", "path", "Content", "Lines", "instance"];
    fn holds(node: &Node) -> bool {
        match &node.value {
            Value::Scalar(_) => node.text().is_some_and(|text| text.contains(SECRET)),
            Value::List(items) => items.iter().any(holds),
            Value::Map(entries) => entries.iter().any(|entry| holds(&entry.value)),
        }
    }
    fn named(node: &Node) -> bool {
        match &node.value {
            Value::Scalar(Scalar::Text(text)) => text.contains("((") && text.contains(SECRET),
            Value::Scalar(_) => false,
            Value::List(items) => items.iter().any(named),
            Value::Map(entries) => entries.iter().any(|entry| {
                entry.key.contains(SECRET)
                    || SHOWN.contains(&entry.key.as_str()) && holds(&entry.value)
                    || named(&entry.value)
            }),
        }
    }
    let Ok(text) = yaml::read_from(bytes) else { return false };
    yaml::parse(&text).is_ok_and(|tree| named(&tree))
}

use snapback::yaml::Scalar;
