/*+++
id = "uitbuiting-huisvesting"
version = 1
status = "in-use"
subject = "Company"
time = "as_of"
purposes = ["ondermijning"]
retention_days = 180
realert_after_days = 90

[title]
nl = "Uitzendbureau met overvolle woningen"
en = "Employment agency with overcrowded dwellings"

[meaning]
nl = "Dit uitzendbureau bezit of verhuurt woningen waar te veel mensen wonen. De bewoners kunnen slachtoffer zijn van uitbuiting."
en = "This employment agency owns or lets dwellings where too many people live. The residents may be victims of exploitation."

[explain]
nl = "{dwellings} woningen van dit uitzendbureau hebben elk minstens {$min_persons} bewoners op minder dan {$m2_per_person} m2 per persoon."
en = "{dwellings} dwellings of this agency have at least {$min_persons} residents each, on less than {$m2_per_person} m2 a person."

[lowers]
nl = "Minder bewoners per woning, of een keurmerk voor huisvesting van arbeidsmigranten."
en = "Fewer residents a dwelling, or a certificate for the housing of workers."

[[falsepositives]]
nl = "Huisvesting met vergunning en keurmerk."
en = "Housing with permit and certificate."

[legal]
basis = "Wet goed verhuurderschap, artikel 2; Huisvestingswet 2014, artikel 21; Wetboek van Strafrecht, artikel 273f"

[params.min_dwellings]
type = "int"
default = 2
min = 1
max = 50
title = { nl = "Minste aantal woningen", en = "Fewest dwellings" }
source = "Keuze van de gemeente"

[params.min_persons]
type = "int"
default = 5
min = 3
max = 50
title = { nl = "Minste aantal bewoners per woning", en = "Fewest residents a dwelling" }
source = "Keuze van de gemeente"

[params.m2_per_person]
type = "m2"
default = 12
min = 4
max = 30
title = { nl = "Vierkante meters per persoon", en = "Square metres a person" }
source = "Keuze van de gemeente"

[register]
category = "Impactvolle algoritmes"
themes = ["Zorg en welzijn"]
begin = "2026-11"
goal = "Slachtoffers van arbeidsuitbuiting vinden en helpen."
considerations = "De markering gaat over het bedrijf. Bewoners zijn mogelijk slachtoffer: de zorgcoördinator wordt als eerste betrokken."
+++*/
MATCH (c:Company)-[o:OWNS|LETS]->(a:Address)
WHERE c.sbi_code STARTS WITH '78' AND a.use CONTAINS 'woonfunctie'
MATCH (a)<-[r:LIVES_AT]-(p:Person)
WITH c, a, o, count(DISTINCT p) AS persons, collect(DISTINCT p) + collect(DISTINCT r) AS residents
WHERE persons >= $min_persons AND $m2_per_person * persons > a.floor_area_m2
UNWIND [a, o] + residents AS element
WITH c, count(DISTINCT a) AS dwellings, collect(DISTINCT element) AS evidence
WHERE dwellings >= $min_dwellings
RETURN c AS subject, dwellings AS score, dwellings, evidence
ORDER BY score DESC, id(c)
