//! The command that ends an operation which stays pending.

use crate::domain::ids::OperationId;
use crate::error::{Error, Hint};
use crate::state::Reader;

/// Adds to an error the command that ends an operation which stays pending.
pub(super) fn led_out(reader: &Reader, id: &OperationId, error: Error) -> Error {
    let error = error.in_operation(id);
    let is_led = error.hints().iter().any(|hint| matches!(hint, Hint::Command(line) if line.contains(" recover")));
    let is_pending = reader.pending_operations().is_ok_and(|all| all.iter().any(|one| one.id == *id));
    if is_led || !is_pending {
        return error;
    }
    let say = format!("operation {id} waits; nothing is lost; when the cause is gone:");
    error.hint(say).try_command(format!("snapback recover {id}"))
}
