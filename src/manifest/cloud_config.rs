//! BOSH's cloud-config. Only the availability zones matter here: each names its CPI.

use std::path::PathBuf;

use super::ManifestError;
use super::inputs::{Inputs, second_document, unreadable};
use crate::domain::ids::{BadId, CpiName};
use crate::domain::zones::Zones;
use crate::yaml::{self, Complaint, View};

/// Reads the zones of one or several cloud-configs. A zone without a CPI is left out: it is on the only CPI. Returns a
/// warning for each file of which only the first document is read.
///
/// # Errors
/// [`ManifestError`]: not a cloud-config, or a zone on two CPIs.
pub fn zones(files: &[PathBuf], inputs: &Inputs) -> Result<(Zones, Vec<String>), ManifestError> {
    let (mut zones, mut second_documents) = (Zones::default(), Vec::new());
    for file in files.iter().map(|file| inputs.expanded(file)) {
        let text = yaml::read(&file).map_err(|error| unreadable(&file, &error))?.text;
        let blame = |complaint| ManifestError::new(&file, complaint);
        let tree = yaml::parse(&text).map_err(blame)?;
        read(&View::root(&tree), &mut zones).map_err(blame)?;
        second_documents.extend(second_document(&file, &text));
    }
    Ok((zones, second_documents))
}

fn read(root: &View<'_>, zones: &mut Zones) -> Result<(), Complaint> {
    let list = root.get("azs")?.ok_or_else(|| {
        Complaint::new("not a cloud-config: there is no `azs:`").hint("save it with: bosh cloud-config > FILE")
    })?;
    for zone in list.list()? {
        let (Some(name), Some(cpi)) = (zone.get("name")?, zone.get("cpi")?) else { continue };
        let parsed: CpiName = cpi.as_str()?.parse().map_err(|bad: BadId| cpi.complain(bad.to_string()))?;
        let name = name.as_str()?;
        if let Some(before) = zones.put(name, parsed) {
            let message = format!("the zone '{name}' is on the CPI '{before}' already");
            return Err(cpi.complain(message).hint("keep one of them"));
        }
    }
    Ok(())
}
