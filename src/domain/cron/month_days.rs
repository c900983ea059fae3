//! The months that have one of the wanted days: `0 0 31 2,5 *` means only May.

use super::values::Rule;

const MOST: [i32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// Removes months without any of the days, and days that none of the months has.
pub(super) fn compact(rule: &mut Rule) -> Result<(), String> {
    let (Some(months), Some(days)) = (&rule.months, &rule.monthdays) else { return Ok(()) };
    let has = |month: i32, day: i32| {
        usize::try_from(month - 1).ok().and_then(|at| MOST.get(at)).is_some_and(|most| day <= *most)
    };
    let some_month: Vec<i32> =
        months.iter().copied().filter(|month| days.iter().any(|day| has(*month, *day))).collect();
    let some_day: Vec<i32> = days.iter().copied().filter(|day| months.iter().any(|month| has(*month, *day))).collect();
    if some_month.is_empty() {
        return Err("it never comes: none of its months has such a day".to_owned());
    }
    (rule.months, rule.monthdays) = (Some(some_month), Some(some_day));
    Ok(())
}
