//! The table of tasks, newest first.

use leptos::prelude::*;
use model::task::{Task, TaskPage};

use crate::components::icon::Icon;
use crate::components::time::Time;
use crate::pages::agents::outcome::TaskOutcome;
use crate::pages::agents::state::TasksState;
use crate::paths;

/// A page of tasks and the way to older ones, or what to loosen.
#[component]
pub fn TasksTable(page: TaskPage, state: TasksState) -> impl IntoView {
    if page.tasks.is_empty() {
        return view! { <Nothing state/> }.into_any();
    }
    let older = page.older.map(|after| state.after(Some(after)).href());
    let newest = state.0.after.map(|_| state.after(None).href());
    let rows = page
        .tasks
        .into_iter()
        .map(|task| view! { <Row href=state.task_href(&task) task/> })
        .collect_view();
    view! {
        <div class="table-frame tasks" tabindex="0" role="region" aria-label="Tasks">
            <table class="table">
                <thead>
                    <tr>
                        <th class="table__time" scope="col">"Started"</th>
                        <th class="table__wide" scope="col">"Task"</th>
                        <th scope="col">"Agent"</th>
                        <th scope="col">"Pack"</th>
                        <th scope="col">"Source"</th>
                        <th scope="col">"Took"</th>
                        <th scope="col">"Log"</th>
                        <th class="table__outcome" scope="col">"Outcome"</th>
                        <th scope="col"><span class="visually-hidden">"Events"</span></th>
                    </tr>
                </thead>
                <tbody class="table__body">{rows}</tbody>
            </table>
        </div>
        <nav class="pager" aria-label="Pages">
            <span class="meta"></span>
            <span class="actions">
                {newest.map(|href| view! { <a class="button button--quiet" href=href>"Newest"</a> })}
                {older.map(|href| view! { <a class="button" rel="next" href=href>"Older"<Icon name="chevron-right"/></a> })}
            </span>
        </nav>
    }
    .into_any()
}

#[component]
fn Row(task: Task, href: String) -> impl IntoView {
    let pack = task.pack.map(|pack| match task.pack_version {
        Some(version) => format!("{pack} {version}"),
        None => pack,
    });
    let took = task
        .finished_at
        .map(|end| duration((end - task.opened_at).num_milliseconds()));
    let events = paths::logs(&format!("resource:task/{}", task.id));
    let label = format!("Events of {}", task.name);
    view! {
        <tr class="table__row">
            <td class="table__time" data-label="Started"><Time at=task.opened_at/></td>
            <td class="table__wide" data-label="Task"><a class="value value--mono" href=href title=task.name.clone()>{task.name.clone()}</a></td>
            <td data-label="Agent"><a class="value" href=paths::agent(task.agent_id)>{task.agent_name}</a></td>
            <td data-label="Pack">{pack}</td>
            <td data-label="Source">{task.data_source}</td>
            <td data-label="Took">{took}</td>
            <td data-label="Log">{size(task.log_length)}</td>
            <td class="table__outcome" data-label="Outcome"><TaskOutcome state=task.state exit_code=task.exit_code/></td>
            <td data-label="Events"><a class="value" href=events aria-label=label>"Events"</a></td>
        </tr>
    }
}

#[component]
fn Nothing(state: TasksState) -> impl IntoView {
    let filtered = state.is_filtered();
    let outcome = state.0.state.map(|_| state.with_state(None).href());
    view! {
        <div class="empty">
            <h2 class="empty__title">{if filtered { "No task matches these filters" } else { "No task has run yet" }}</h2>
            {outcome.map(|href| view! { <p><a class="button" href=href>"Show every outcome"</a></p> })}
        </div>
    }
}

/// Milliseconds as people say them.
#[must_use]
pub fn duration(milliseconds: i64) -> String {
    let seconds = milliseconds / 1000;
    match seconds {
        ..0 => String::new(),
        0 => format!("{milliseconds} ms"),
        1..60 => format!("{seconds}.{} s", milliseconds % 1000 / 100),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

/// Bytes as people say them, in powers of 1,000.
#[must_use]
pub fn size(bytes: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    UNITS.iter().find(|(unit, _)| bytes >= *unit).map_or_else(
        || format!("{bytes} B"),
        |(unit, name)| format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_durations_read_as_people_say_them() {
        assert_eq!(
            [size(999), size(12_400), size(1_073_741_824)],
            ["999 B", "12.4 kB", "1.0 GB"]
        );
        assert_eq!(
            [duration(340), duration(1_940), duration(130_000)],
            ["340 ms", "1.9 s", "2 min 10 s"]
        );
    }
}
