/*+++
id = "overbewoning"
version = 1
status = "in-use"
subject = "Address"
time = "as_of"
purposes = ["woonfraude", "ondermijning"]
retention_days = 180
realert_after_days = 90

[title]
nl = "Overbewoning"
en = "Overcrowding"

[meaning]
nl = "Op dit adres staan meer mensen ingeschreven dan bij de oppervlakte past. Dat kan gevaarlijk zijn en wijst soms op uitbuiting of op verhuur van bedden."
en = "More people are registered at this address than its floor area allows. That can be dangerous, and sometimes points to exploitation or letting by the bed."

[explain]
nl = "{persons} personen staan ingeschreven op {area} m2: minder dan {$m2_per_person} m2 per persoon."
en = "{persons} persons are registered on {area} m2: less than {$m2_per_person} m2 each."

[lowers]
nl = "Uitschrijving van wie er niet meer woont, of een oppervlakte die in de BAG onjuist is."
en = "Deregistration of who no longer lives there, or a floor area that is wrong in the BAG."

[[falsepositives]]
nl = "Een groot gezin in een kleine woning."
en = "A large family in a small dwelling."

[[falsepositives]]
nl = "Een zorginstelling of opvang met woonfunctie."
en = "A care home or shelter that is registered as a dwelling."

[[falsepositives]]
nl = "Vorige bewoners die zich niet hebben uitgeschreven."
en = "Former residents who have not deregistered."

[legal]
basis = "Huisvestingswet 2014, artikelen 21 en 33; Wet BRP, artikel 2.39"

[params.min_persons]
type = "int"
default = 8
min = 4
max = 50
title = { nl = "Minste aantal personen", en = "Fewest persons" }
source = "Keuze van de gemeente"

[params.m2_per_person]
type = "m2"
default = 12
min = 4
max = 30
title = { nl = "Vierkante meters per persoon", en = "Square metres a person" }
source = "Landelijke Aanpak Adreskwaliteit, profiel Bewoningsgraad; de grens is een keuze van de gemeente"

[register]
category = "Impactvolle algoritmes"
themes = ["Ruimte en infrastructuur"]
begin = "2026-11"
goal = "Woningen vinden waar te veel mensen wonen, voor hun veiligheid en tegen uitbuiting."
considerations = "Alleen het aantal ingeschreven personen en de oppervlakte tellen. Wie zij zijn, hun leeftijd en herkomst spelen geen rol."
+++*/
MATCH (a:Address)<-[r:LIVES_AT]-(p:Person)
WITH a, count(DISTINCT p) AS registered
WHERE registered >= $min_persons AND a.use CONTAINS 'woonfunctie'
MATCH (a)<-[r:LIVES_AT]-(p:Person)
WHERE r.function = 'W'
WITH a, count(DISTINCT p) AS persons, collect(DISTINCT p) + collect(DISTINCT r) AS evidence
WHERE persons >= $min_persons AND $m2_per_person * persons > a.floor_area_m2
RETURN a AS subject, persons AS score, persons, a.floor_area_m2 AS area, evidence
ORDER BY score DESC, id(a)
