//! The present state of a restore or an undo that was done.

use crate::domain::exchanges::Exchanges;
use crate::domain::ids::OperationId;
use crate::domain::instance::Instance;

/// The state in one line, by the records of these instances; `None` if the operation is not an exchange, or is not
/// done.
pub fn now(exchanges: &Exchanges, instances: &[Instance], id: &OperationId) -> Option<String> {
    let exchange = exchanges.get(id).filter(|one| one.done)?;
    if let Some(by) = exchanges.undone_by(id) {
        return Some(format!("undone by {}", by.id));
    }
    let plan = &exchange.plan;
    let name = &plan.instance;
    let Some(instance) = instances.iter().find(|one| one.name == *name) else {
        return Some(format!("{name} is not in the inventory any more"));
    };
    if plan.is_of_another_than(instance) {
        return Some(format!("{name} is another instance, with another UUID"));
    }
    let current = |slot: u32| instance.disks.iter().find(|disk| disk.slot == slot).map(|disk| &disk.cid);
    let is_on = |(slot, left)| current(slot).is_some_and(|disk| exchanges.are_alike(&plan.cpi, disk, left));
    if exchange.left.iter().all(|(slot, left)| is_on((*slot, left))) {
        return Some(format!("{name} is on it"));
    }
    if let Some(by) = exchanges.replaced_by(id) {
        return Some(format!("replaced by {}", by.id));
    }
    let other = exchange.left.iter().find(|(slot, left)| !is_on((*slot, left)));
    Some(match other.and_then(|(slot, _)| current(*slot)) {
        Some(disk) => format!("{name} has disk {disk}"),
        None => format!("{name} has no disk in its place"),
    })
}
