# SPDX-License-Identifier: Apache-2.0
"""The hits of "banctl replay --json --hits LOG" against the labels of the log.

usage: replay_labels.py LABELS.tsv <HITS

Every row that is "limited" or "exceeded" and has an address (that of its line, or the one that joining leads to) is a
hit of that line with that address; a row "limited-cut" may be one, with its address. Nothing else is. What a label
tells of bucket, account and queue id is so in the hit. Prints what is not, and exits 1 if there is something.
"""
import csv
import json
import sys


def text(label):
    return None if label == "-" else label


def main():
    with open(sys.argv[1], newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    hits = {}
    wrong = []
    for line in sys.stdin:
        item = json.loads(line)
        if item["schema"] != "banctl.replay/1":
            wrong.append("another schema: " + line)
        elif item["item"] == "hit" and item["line"] in hits:
            wrong.append("told twice: " + line)
        elif item["item"] == "hit":
            hits[item["line"]] = item
    for row in rows:
        address = row["ip"] if row["ip"] != "-" else row["corr_ip"]
        hit = hits.pop(int(row["line"]), None)
        if row["kind"] not in ("limited", "limited-cut", "exceeded") or address == "-":
            if hit:
                wrong.append("line %s is no hit: %s" % (row["line"], hit))
        elif not hit:
            if row["kind"] != "limited-cut":
                wrong.append("line %s was not found" % row["line"])
        elif hit["address"] != address:
            wrong.append("line %s is of %s: %s" % (row["line"], address, hit))
        elif row["kind"] == "limited" and not (
                "|".join(hit["buckets"]).startswith(row["bucket"].split("|")[0]) and
                hit["account"] == text(row["user"]) and hit["qid"] == text(row["qid"])):
            wrong.append("line %s is not as its label: %s" % (row["line"], hit))
    wrong += ["no label: %s" % hit for hit in hits.values()]
    for text_of_wrong in wrong:
        print(text_of_wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
