//! Events in the shape that an import of CloudTrail gives: skewed actors and actions, a document
//! in the details. The same number gives the same event, but for its time.

use std::fmt::Write as _;

/// Actors; the first are the busiest.
const ACTORS: u64 = 200;
/// One event in so many is by the one actor whom hardly anybody would find.
const RARE: u64 = 50_000;
/// What is acted upon.
const RESOURCES: u64 = 5_000;

/// Service, event, action, type of the resource.
const ACTIONS: [(&str, &str, &str, &str); 12] = [
    ("s3", "GetObject", "s3.get_object", "bucket"),
    ("s3", "PutObject", "s3.put_object", "bucket"),
    ("sts", "AssumeRole", "sts.assume_role", "role"),
    (
        "ec2",
        "DescribeInstances",
        "ec2.describe_instances",
        "instance",
    ),
    ("kms", "Decrypt", "kms.decrypt", "key"),
    ("s3", "ListObjects", "s3.list_objects", "bucket"),
    ("lambda", "Invoke", "lambda.invoke", "function"),
    (
        "secretsmanager",
        "GetSecretValue",
        "secretsmanager.get_secret_value",
        "secret",
    ),
    ("dynamodb", "Query", "dynamodb.query", "table"),
    ("iam", "GetRole", "iam.get_role", "role"),
    ("logs", "PutLogEvents", "logs.put_log_events", "log_group"),
    ("kms", "GenerateDataKey", "kms.generate_data_key", "key"),
];

const REGIONS: [&str; 4] = ["eu-central-1", "eu-west-1", "us-east-1", "ap-southeast-2"];

const AGENTS: [&str; 4] = [
    "aws-cli/2.15.30 Python/3.11.8 Linux/5.15.0 exe/x86_64.ubuntu.22",
    "Boto3/1.34.69 md/Botocore#1.34.69 ua/2.0 os/linux#5.15.0 lang/python#3.11",
    "aws-sdk-go-v2/1.26.0 os/linux lang/go#1.22.1 md/GOOS#linux api/s3#1.53.0",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/122.0.0.0 Safari/537.36",
];

/// `SplitMix64` (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
struct Random(u64);

impl Random {
    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    const fn below(&mut self, count: u64) -> u64 {
        self.next() % count
    }

    /// Below `count`, the first ones most often: the product of three even numbers of [0, 1).
    const fn skewed(&mut self, count: u64) -> u64 {
        const UNIT: u64 = 1 << 20;
        let (a, b, c) = (self.below(UNIT), self.below(UNIT), self.below(UNIT));
        (((((a * b) >> 20) * c) >> 20) * count) >> 20
    }
}

/// The id of an actor by its rank.
pub(crate) fn actor(rank: u64) -> String {
    format!("arn:aws:iam::123456789012:user/user-{rank:03}")
}

/// The id of the actor with one event in 50,000.
pub(crate) fn rare_actor() -> String {
    actor(999)
}

/// The id of a resource by its rank.
pub(crate) fn resource(rank: u64) -> String {
    format!("arn:aws:resource/item-{rank:04}")
}

/// Appends one event as a line of JSON. `micros` is when it happened, since 1970.
pub(crate) fn write(line: &mut String, number: u64, micros: u64) {
    let mut random = Random(number);
    let rank = if random.below(RARE) == 7 {
        999
    } else {
        random.skewed(ACTORS)
    };
    let (service, name, action, kind) = at(ACTIONS, random.skewed(ACTIONS.len() as u64));
    let region = at(REGIONS, random.skewed(REGIONS.len() as u64));
    let agent = at(AGENTS, rank);
    let item = random.skewed(RESOURCES);
    let millis = micros / 1_000;
    let (a, b) = (random.next(), random.next());
    // A UUID of version 7, as senders make them.
    let id = format!(
        "{:08x}-{:04x}-7{:03x}-{:04x}-{:012x}",
        millis >> 16,
        millis & 0xffff,
        a & 0xfff,
        0x8000 | ((a >> 12) & 0x3fff),
        b & 0xffff_ffff_ffff
    );
    let (status, error) = match random.below(1_000) {
        0..=9 => (
            "denied",
            ",\"error_message\":\"AccessDenied: the identity is not authorized\"",
        ),
        10..=39 => (
            "failure",
            ",\"error_message\":\"ThrottlingException: rate exceeded\"",
        ),
        _ => ("success", ""),
    };
    let _ = write!(
        line,
        "{{\"id\":\"{id}\",\"occurred_at\":\"{at}\",\"actor\":{{\"type\":\"user\",\"id\":\"{actor}\",\
         \"name\":\"user-{rank:03}\",\"ip\":\"10.{x}.{y}.{z}\",\"user_agent\":\"{agent}\"}},\
         \"action\":\"{action}\",\"resource\":{{\"type\":\"{kind}\",\"id\":\"{resource}\",\
         \"name\":\"item-{item:04}\"}},\"status\":\"{status}\"{error},\"team\":\"aws-{team}\",\
         \"request_id\":\"{request:016x}\",\"details\":{{\"eventVersion\":\"1.09\",\
         \"eventSource\":\"{service}.amazonaws.com\",\"eventName\":\"{name}\",\"awsRegion\":\"{region}\",\
         \"readOnly\":{read},\"requestParameters\":{{\"key\":\"exports/{item:04}/part-{part:05}.parquet\",\
         \"versionId\":\"{version:016x}\"}},\"additionalEventData\":{{\"bytesTransferredOut\":{bytes},\
         \"SignatureVersion\":\"SigV4\",\"CipherSuite\":\"TLS_AES_128_GCM_SHA256\"}}}}}}",
        at = rfc3339(micros),
        actor = actor(rank),
        resource = resource(item),
        x = rank % 7,
        y = rank % 250,
        z = random.below(250),
        team = rank % 9,
        request = random.next(),
        read = !name.starts_with("Put"),
        part = random.below(100_000),
        version = random.next(),
        bytes = random.below(10_000_000),
    );
    line.push('\n');
}

/// The item at this place, from the start again behind the last.
fn at<T: Copy, const N: usize>(items: [T; N], place: u64) -> T {
    items[usize::try_from(place).unwrap_or_default() % N]
}

/// RFC 3339 in UTC, with microseconds. Days by Howard Hinnant's `civil_from_days`.
fn rfc3339(micros: u64) -> String {
    let seconds = micros / 1_000_000;
    let (days, of_day) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:06}Z",
        of_day / 3_600,
        of_day / 60 % 60,
        of_day % 60,
        micros % 1_000_000
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_json_and_the_same_each_time() {
        let (mut first, mut second) = (String::new(), String::new());
        write(&mut first, 17, 1_790_000_000_123_456);
        write(&mut second, 17, 1_790_000_000_123_456);
        assert_eq!(first, second);
        let event: serde_json::Value = serde_json::from_str(&first).unwrap();
        assert_eq!(event["occurred_at"], "2026-09-21T14:13:20.123456Z");
        assert_eq!(event["id"].as_str().unwrap().len(), 36);
    }

    #[test]
    fn the_first_actors_are_the_busiest() {
        let mut random = Random(1);
        let ranks: Vec<u64> = (0..10_000).map(|_| random.skewed(ACTORS)).collect();
        let busiest = ranks.iter().filter(|rank| **rank == 0).count();
        assert!((600..2_500).contains(&busiest), "{busiest}");
        assert!(ranks.iter().all(|rank| *rank < ACTORS));
    }
}
