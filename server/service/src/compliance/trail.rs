//! Whether the trail could be changed, and whether something is missing from it.

use store::compliance::trail::{Alterations, Deletions, Gaps};

use super::verdict::{Finding, Verdict, list, of, probe};
use crate::Services;

pub(super) async fn check(services: &Services) -> Vec<Finding> {
    let now = services.now();
    vec![
        of(
            "trail.app_cannot_alter",
            probe(services, async |p| p.alterations().await).await,
            alterations,
        ),
        of(
            "trail.complete",
            probe(services, async |p| p.gaps().await).await,
            gaps,
        ),
        of(
            "trail.truncation_recorded",
            probe(services, async |p| p.without_truncation_trigger().await).await,
            |unguarded| truncation(unguarded),
        ),
        of(
            "trail.terms_kept",
            probe(services, async |p| p.deletes_protected(now).await).await,
            |went| terms(*went),
        ),
        of(
            "trail.deletions_recorded",
            probe(services, async |p| p.deletions().await).await,
            deletions,
        ),
        of(
            "trail.exportable",
            probe(services, async |p| p.read_back().await).await,
            exportable,
        ),
    ]
}

fn alterations(found: &Alterations) -> Verdict {
    let possible: Vec<String> = found
        .possible
        .iter()
        .map(|way| format!("{} on {} ({})", way.verb, way.table, way.found))
        .collect();
    let evidence = if possible.is_empty() {
        format!(
            "UPDATE, DELETE and TRUNCATE were tried on {} tables as the application's role; the database refused all {}.",
            found.tables, found.refused
        )
    } else {
        format!("The application's role can: {}.", list(&possible))
    };
    let advice = found.possible.first().map_or_else(String::new, |way| {
        format!(
            "As the owner of the tables: REVOKE UPDATE, DELETE, TRUNCATE ON {} FROM auditorium_app; \
             and connect as auditorium_app, not as the owner.",
            way.table
        )
    });
    Verdict::judge(possible.is_empty(), evidence, advice)
}

fn gaps(found: &Gaps) -> Verdict {
    let Gaps {
        looked_at,
        without_position,
        without_event,
        truncations,
    } = *found;
    let unexplained = without_position != 0 || (without_event != 0 && truncations == 0);
    let evidence = format!(
        "Of the newest {looked_at} positions, {without_position} were never given out and \
         {without_event} are empty without a recorded deletion; {truncations} times a TRUNCATE was recorded since the first of them."
    );
    Verdict::judge(
        !unexplained,
        evidence,
        "Somebody changed the tables outside the product. Find out who signs in as their owner \
         (pg_stat_activity, the server's log) and compare with a backup: auditorium restore.",
    )
}

fn truncation(unguarded: &[String]) -> Verdict {
    let evidence = if unguarded.is_empty() {
        "The trigger that records a TRUNCATE is on logs and each of its partitions.".to_owned()
    } else {
        format!(
            "No active trigger records a TRUNCATE of {}.",
            list(unguarded)
        )
    };
    let advice = unguarded.first().map_or_else(String::new, |table| {
        format!(
            "As the owner: CREATE OR REPLACE TRIGGER logs_truncated AFTER TRUNCATE ON {table} \
             FOR EACH STATEMENT EXECUTE FUNCTION logs_record_truncation();"
        )
    });
    Verdict::judge(unguarded.is_empty(), evidence, advice)
}

fn terms(went: Option<bool>) -> Verdict {
    match went {
        None => Verdict::unknown(
            "There is no event of a protected category to try it on.",
            "Sign in once, then check again.",
        ),
        Some(went) => Verdict::judge(
            !went,
            if went {
                "logs_delete() removed an event of a protected category; that was undone."
            } else {
                "logs_delete() was asked to remove an event of a protected category and left it."
            },
            "The function logs_delete() was changed outside the product. Restore it from its migration.",
        ),
    }
}

fn deletions(found: &Deletions) -> Verdict {
    let demanded = if found.is_demanded {
        "demands"
    } else {
        "does not demand"
    };
    Verdict::judge(
        found.without_event == 0 && found.is_demanded,
        format!(
            "{} deletions on record, {} of them without their event in the trail; the database \
             {demanded} one before it commits.",
            found.deletions, found.without_event
        ),
        "As the owner: ALTER TABLE log_deletions ENABLE TRIGGER log_deletions_event; then find \
         out who switched it off.",
    )
}

fn exportable(read: &Result<i64, String>) -> Verdict {
    match read {
        Ok(count) => Verdict::judge(
            true,
            format!("The newest {count} events were read back as JSON."),
            "",
        ),
        Err(reason) => Verdict::judge(
            false,
            format!("Reading events back was refused: {reason}."),
            "As the owner: GRANT SELECT ON logs TO auditorium_app;",
        ),
    }
}
