//! The limits: `limits:` and `backup_catalogue:`.

use super::units::{bytes, count, space};
use crate::domain::limits::{Catalogues, Limits};
use crate::domain::size::GIB;
use crate::yaml::{Complaint, Value, View};

/// Reads `limits:`.
pub(super) fn limits(view: &View<'_>) -> Result<Limits, Complaint> {
    view.only(&["max_per_instance", "replace", "max_disk_size", "min_free"])?;
    let max_per_instance = view.get("max_per_instance")?;
    let max_per_instance =
        max_per_instance.map(|view| count(&view, "to take none, set enable_snapshots: false")).transpose()?;
    let replace = view.get("replace")?;
    if let (Some(replace), None) = (&replace, max_per_instance) {
        let complaint = replace.complain("there is no max_per_instance beside it, so nothing is ever replaced");
        return Err(complaint.hint("write max_per_instance: 1 beside it, or remove it"));
    }
    Ok(Limits {
        max_per_instance,
        replace: replace.map(|view| view.as_bool()).transpose()?.unwrap_or_default(),
        max_disk_mib: view.get("max_disk_size")?.map(|view| bytes(&view)).transpose()?.map(|most| most / (GIB >> 10)),
        min_free: view.get("min_free")?.map(|view| space(&view)).transpose()?,
    })
}

/// Reads `backup_catalogue:`, which is a switch or a list of groups.
pub(super) fn catalogues(view: &View<'_>) -> Result<Catalogues, Complaint> {
    if let Value::List(_) = view.node().value {
        return view.as_string_list().map(Catalogues::Groups);
    }
    let all = view.as_bool().map_err(|complaint| complaint.hint("or a list of the instance groups that have one"))?;
    Ok(if all { Catalogues::All } else { Catalogues::None })
}
