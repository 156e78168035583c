/*+++
id = "autoverhuur"
version = 1
status = "in-use"
subject = "Company"
time = "as_of"
purposes = ["ondermijning"]
retention_days = 180
realert_after_days = 90

[title]
nl = "Autoverhuur vanuit een woning"
en = "Car rental from a dwelling"

[meaning]
nl = "Een bedrijf verhuurt auto's en staat ingeschreven in een woning. Malafide verhuurders geven criminelen auto's die niet op hun naam staan."
en = "A company rents out cars and is registered in a dwelling. Rogue rental firms give criminals cars that are not in their own name."

[explain]
nl = "Autoverhuur met {vehicles} voertuigen, gevestigd in een woning (grens {$min_vehicles})."
en = "Car rental with {vehicles} vehicles, registered in a dwelling (threshold {$min_vehicles})."

[lowers]
nl = "Verhuizing naar een bedrijfspand, of verkoop van de voertuigen."
en = "A move to business premises, or sale of the vehicles."

[[falsepositives]]
nl = "Een kleine verhuurder van oldtimers of campers aan huis."
en = "A small firm that rents old cars or campers from home."

[legal]
basis = "Wet Bibob, artikel 3; Algemene plaatselijke verordening, artikel 2:40 (ondermijnende branches)"

[params.min_vehicles]
type = "int"
default = 3
min = 1
max = 100
title = { nl = "Minste aantal voertuigen", en = "Fewest vehicles" }
source = "Keuze van de gemeente"

[register]
category = "Impactvolle algoritmes"
themes = ["Economie"]
begin = "2026-11"
goal = "Autoverhuurders vinden die geen bedrijf aan de straat hebben."
considerations = "Alleen branche, adres en voertuigen tellen."
+++*/
MATCH (c:Company)-[here:REGISTERED_AT]->(a:Address)
WHERE c.sbi_code STARTS WITH '7711' AND a.use CONTAINS 'woonfunctie'
MATCH (c)-[r:HOLDS]->(v:Vehicle)
WITH c, count(DISTINCT v) AS vehicles, collect(DISTINCT a) + collect(DISTINCT here)
     + collect(DISTINCT v) + collect(DISTINCT r) AS evidence
WHERE vehicles >= $min_vehicles
RETURN c AS subject, vehicles AS score, vehicles, evidence
ORDER BY score DESC, id(c)
