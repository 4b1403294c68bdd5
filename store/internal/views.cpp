#include "store/internal/views.h"

// The text of a stamp, byte for byte as to_string prints it. The top bit of hlc and node is flipped in the columns.
#define STAMP(hlc, node_name)                       \
  "strftime('%Y-%m-%dT%H:%M:%S', ((" hlc            \
  " >> 16) + 140737488355328) / 1000, 'unixepoch')" \
  " || printf('.%03dZ-%04x-%s', ((" hlc " >> 16) + 140737488355328) % 1000, " hlc " & 65535, " node_name ")"

#define KIND(kind)                                                                     \
  "CASE " kind                                                                         \
  " WHEN 0 THEN 'null' WHEN 1 THEN 'boolean' WHEN 2 THEN 'integer' WHEN 3 THEN 'real'" \
  " WHEN 4 THEN 'text' WHEN 5 THEN 'bytes' WHEN 6 THEN 'json' END"

// What the rows of history, conflicts and outbox show of an event e.
#define EVENT_COLUMNS \
  "  ei.name AS entity, an.name AS attribute, e.value AS value, " KIND("e.kind") " AS kind,\n"         \
  "  " STAMP("e.hlc", "ni.name") " AS stamp, ni.name AS node,\n"                                       \
  "  CASE WHEN e.base_hlc IS NOT NULL THEN " STAMP("e.base_hlc", "bi.name") " END AS base,\n"

#define EVENT_NAMES                                                                           \
  "  JOIN entity_ids ei ON ei.id = e.entity JOIN attribute_names an ON an.id = e.attribute\n" \
  "  JOIN node_ids ni ON ni.id = e.node LEFT JOIN node_ids bi ON bi.id = e.base_node\n"

namespace tidemark::store::internal {

const char* const version_1_views_sql =
    "CREATE VIEW entity_ids(id, name) AS SELECT id, CASE typeof(entity) WHEN 'blob' THEN lower(\n"
    "  substr(hex(entity), 1, 8) || '-' || substr(hex(entity), 9, 4) || '-' || substr(hex(entity), 13, 4) || '-' ||\n"
    "  substr(hex(entity), 17, 4) || '-' || substr(hex(entity), 21)) ELSE entity END FROM entities;\n"

    "CREATE VIEW node_ids(id, name) AS SELECT id,\n"
    "  printf('%016x', (node & 9223372036854775807) | (~node & (1 << 63))) FROM nodes;\n"

    "CREATE VIEW current AS SELECT\n"
    "  ei.name AS entity, an.name AS attribute,\n"
    "  CASE WHEN a.kind >= 4 AND a.value IS NULL THEN (SELECT value FROM events WHERE id = a.event) ELSE a.value END AS value,\n"
    "  " KIND("a.kind") " AS kind, " STAMP("a.hlc", "ni.name") " AS stamp, ni.name AS node,\n"
    "  EXISTS (SELECT 1 FROM attributes d WHERE d.cell = ((a.cell >> 24) << 24) +\n"
    "    (SELECT id FROM attribute_names WHERE name = 'deleted') AND d.kind = 1 AND d.value = 1) AS deleted\n"
    "  FROM attributes a JOIN entity_ids ei ON ei.id = a.cell >> 24\n"
    "  JOIN attribute_names an ON an.id = a.cell & 16777215 JOIN node_ids ni ON ni.id = a.node;\n"

    "CREATE VIEW history AS SELECT\n" EVENT_COLUMNS
    "  a.event = e.id AS wins, n.links AS links, n.author AS author, n.source AS source, n.note AS note, n.json AS metadata\n"
    "  FROM events e JOIN attributes a ON a.cell = (e.entity << 24) + e.attribute\n" EVENT_NAMES
    "  LEFT JOIN change_notes n ON n.event = (SELECT max(m.event) FROM change_notes m WHERE m.event <= e.id)\n"
    "    AND (SELECT f.node = e.node AND f.hlc = e.hlc FROM events f WHERE f.id = n.event);\n"

    "CREATE VIEW conflicts AS\n"
    "  WITH RECURSIVE\n"
    "  list(cell, id, hlc, node, base_hlc, base_node) AS MATERIALIZED (\n"
    "    SELECT (entity << 24) + attribute, id, hlc, node, base_hlc, base_node FROM events),\n"
    "  seen(cell, id, base_hlc, base_node) AS (\n"
    "    SELECT a.cell, e.id, e.base_hlc, e.base_node FROM attributes a JOIN events e ON e.id = a.event\n"
    "    UNION SELECT l.cell, l.id, l.base_hlc, l.base_node FROM seen s\n"
    "    JOIN list l ON l.cell = s.cell AND l.hlc = s.base_hlc AND l.node = s.base_node)\n"
    "  SELECT\n" EVENT_COLUMNS
    "  w.value AS winning_value, " STAMP("w.hlc", "wi.name") " AS winning_stamp\n"
    "  FROM events e JOIN attributes a ON a.cell = (e.entity << 24) + e.attribute\n"
    "  JOIN events w ON w.id = a.event JOIN node_ids wi ON wi.id = w.node\n" EVENT_NAMES
    "  WHERE e.id NOT IN (SELECT id FROM seen);\n"

    "CREATE VIEW outbox AS SELECT\n" EVENT_COLUMNS
    "  o.n AS bundle\n"
    "  FROM (SELECT b.n AS n, x.id AS id FROM nodes o JOIN bundles b ON b.node = o.id AND b.n > o.confirmed\n"
    "    JOIN events x ON x.id BETWEEN b.first_row AND b.last_row AND x.node = o.id AND x.hlc BETWEEN b.first_hlc AND b.last_hlc\n"
    "    WHERE o.own = 1\n"
    "    UNION ALL SELECT NULL, x.id FROM nodes o JOIN events x ON x.id BETWEEN o.tail_first AND o.tail_last AND x.node = o.id\n"
    "    WHERE o.own = 1 AND NOT EXISTS (SELECT 1 FROM bundles b WHERE b.node = o.id\n"
    "      AND x.id BETWEEN b.first_row AND b.last_row AND x.hlc BETWEEN b.first_hlc AND b.last_hlc)) o\n"
    "  JOIN events e ON e.id = o.id\n" EVENT_NAMES ";\n";

// An event is somebody's base only where that one is later: others are forged.
const char* const conflicts_view_sql =
    "CREATE VIEW conflicts AS\n"
    "  WITH seen(cell, hlc, node) AS MATERIALIZED (\n"
    "    SELECT c.cell, e.base_hlc, e.base_node FROM events e JOIN contested c ON c.cell = (e.entity << 24) + e.attribute\n"
    "    WHERE e.base_hlc < e.hlc OR (e.base_hlc = e.hlc AND e.base_node <> e.node))\n"
    "  SELECT\n" EVENT_COLUMNS
    "  w.value AS winning_value, " STAMP("w.hlc", "wi.name") " AS winning_stamp\n"
    "  FROM events e JOIN contested c ON c.cell = (e.entity << 24) + e.attribute JOIN attributes a ON a.cell = c.cell\n"
    "  JOIN events w ON w.id = a.event JOIN node_ids wi ON wi.id = w.node\n" EVENT_NAMES
    "  WHERE e.id <> w.id AND NOT (e.kind = w.kind AND e.value IS w.value)\n"
    "  AND (c.cell, e.hlc, e.node) NOT IN seen\n"
    "  AND NOT EXISTS (SELECT 1 FROM change_notes n WHERE n.links IS NOT NULL AND (\n"
    "    instr(n.links, 'settles ' || " STAMP("e.hlc", "ni.name") ") OR\n"
    "    instr(n.links, 'undoes ' || " STAMP("e.hlc", "ni.name") ")));\n";

const char* const contest_all_sql =
    "DELETE FROM contested;\n"
    "INSERT INTO contested SELECT DISTINCT a.cell FROM (\n"
    "  SELECT (entity << 24) + attribute AS cell, hlc, node FROM events EXCEPT\n"
    "  SELECT (entity << 24) + attribute, base_hlc, base_node FROM events\n"
    "  WHERE base_hlc < hlc OR (base_hlc = hlc AND base_node <> node)) head\n"
    "JOIN attributes a ON a.cell = head.cell WHERE a.hlc <> head.hlc OR a.node <> head.node;\n";

}  // namespace tidemark::store::internal
