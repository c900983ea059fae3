//! BOSH's cpi-config: several clouds behind one Director (cloudfoundry/bosh
//! `src/bosh-director/lib/bosh/director/cpi_config/`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::ManifestError;
use super::inputs::{Inputs, Variables, second_document, unreadable};
use crate::domain::ids::{BadId, CpiName};
use crate::secret::Secret;
use crate::yaml::{self, Complaint, View};

/// One cloud of a cpi-config.
#[derive(Debug, Clone)]
pub struct ConfiguredCpi {
    /// Its name.
    pub name: CpiName,
    /// The executable: `exec_path`, if it is written.
    pub exec_path: Option<PathBuf>,
    /// The job that has the executable if there is no `exec_path`: `<type>_cpi`.
    pub job: String,
    /// Its former names. The empty name stands for the only CPI before there was a cpi-config.
    pub migrated_from: Vec<String>,
    /// The properties that go into the context of each CPI call. They hold credentials.
    pub properties: Result<Secret<Map<String, Value>>, ManifestError>,
}

/// All clouds of one or several cpi-configs, taken as one.
#[derive(Debug, Clone, Default)]
pub struct CpiConfig {
    cpis: Vec<ConfiguredCpi>,
    /// A warning for each file of which only the first document is read.
    pub second_documents: Vec<String>,
}

impl CpiConfig {
    /// Reads the files, with the variables of `inputs`.
    ///
    /// # Errors
    /// [`ManifestError`]: not a cpi-config, or a name that occurs twice. A variable without a value is an error only
    /// when its CPI is called.
    pub fn load(files: &[PathBuf], inputs: &Inputs) -> Result<CpiConfig, ManifestError> {
        let variables = Variables::read(inputs)?;
        let mut all = CpiConfig::default();
        let mut names: BTreeMap<String, PathBuf> = BTreeMap::new();
        for file in files.iter().map(|file| inputs.expanded(file)) {
            let text = yaml::read(&file).map_err(|error| unreadable(&file, &error))?.text;
            let blame = |complaint| ManifestError::new(&file, complaint);
            let mut tree = yaml::parse(&text).map_err(blame)?;
            all.second_documents.extend(second_document(&file, &text));
            yaml::fill_in(&mut tree, &|name| variables.get(name)).map_err(blame)?;
            let root = View::root(&tree);
            let list = root.get("cpis").map_err(blame)?.ok_or_else(|| {
                blame(
                    Complaint::new("not a cpi-config: there is no `cpis:`")
                        .hint("save it with: bosh cpi-config > FILE"),
                )
            })?;
            for cpi in list.list().map_err(blame)? {
                let found = configured(&file, &cpi).map_err(blame)?;
                for name in found.migrated_from.iter().map(String::as_str).chain([found.name.as_str()]) {
                    if let Some(before) = names.insert(name.to_owned(), file.clone()) {
                        let message = format!("the name '{name}' is given twice (also in {})", before.display());
                        return Err(blame(cpi.complain(message).hint("keep one of them")));
                    }
                }
                all.cpis.push(found);
            }
        }
        Ok(all)
    }

    /// All of them, in the order of the files.
    pub fn cpis(&self) -> &[ConfiguredCpi] {
        &self.cpis
    }

    /// The cloud of this name, or that had this name before. `default` is the name of the manifest's CPI: the things
    /// that it made before there was a cpi-config now belong to the cloud that names it as its former one.
    pub fn find(&self, name: &CpiName, default: Option<&CpiName>) -> Option<&ConfiguredCpi> {
        let had = |cpi: &&ConfiguredCpi, old: &str| cpi.migrated_from.iter().any(|before| before == old);
        let by_name = self.cpis.iter().find(|cpi| cpi.name == *name);
        let by_old_name = || self.cpis.iter().find(|cpi| had(cpi, name.as_str()));
        let only_one_before = || match default {
            Some(default) if default == name => self.cpis.iter().find(|cpi| had(cpi, "")),
            _ => None,
        };
        by_name.or_else(by_old_name).or_else(only_one_before)
    }
}

fn configured(file: &Path, cpi: &View<'_>) -> Result<ConfiguredCpi, Complaint> {
    let required = |key: &str| -> Result<View<'_>, Complaint> {
        cpi.get(key)?.ok_or_else(|| cpi.complain(format!("no `{key}:`")).hint("BOSH wants a name and a type of each"))
    };
    let name = required("name")?;
    let parsed = name.as_str()?.parse().map_err(|bad: BadId| name.complain(bad.to_string()))?;
    let kind = required("type")?.as_str()?.to_owned();
    let mut migrated_from = Vec::new();
    for old in cpi.get("migrated_from")?.map(|list| list.list()).transpose()?.unwrap_or_default() {
        // The empty name is a name here, not a missing one.
        let name = old.get("name")?.map(|name| name.as_str().map(str::to_owned)).transpose()?;
        migrated_from.push(name.unwrap_or_default());
    }
    let exec_path = cpi.get("exec_path")?.map(|path| path.as_str().map(PathBuf::from)).transpose()?;
    let properties = properties(cpi).map_err(|complaint| ManifestError::new(file, complaint));
    Ok(ConfiguredCpi { name: parsed, exec_path, job: format!("{kind}_cpi"), migrated_from, properties })
}

fn properties(cpi: &View<'_>) -> Result<Secret<Map<String, Value>>, Complaint> {
    let Some(properties) = cpi.get("properties")? else { return Ok(Secret::default()) };
    properties.map()?;
    properties.resolved_throughout()?;
    match properties.node().to_json() {
        Value::Object(map) => Ok(Secret::new(map)),
        _ => Ok(Secret::default()),
    }
}
