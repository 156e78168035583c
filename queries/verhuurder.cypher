/*+++
id = "verhuurder"
version = 1
status = "in-use"
subject = "Person"
time = "as_of"
purposes = ["ondermijning"]
retention_days = 180
realert_after_days = 90

[title]
nl = "Eigenaar van meer panden met problemen"
en = "Owner of several premises with trouble"

[meaning]
nl = "Deze persoon is eigenaar van meer panden. Over twee of meer daarvan komen veel meldingen, of er wonen erg veel mensen. Misschien kijkt de eigenaar weg, of doet mee."
en = "This person owns several premises. About two or more of them many reports come in, or very many people live there. The owner may look away, or take part."

[explain]
nl = "Eigenaar van minstens {$min_owned} adressen; bij {troubled} daarvan kwamen in {$window_days} dagen minstens {$min_signals} meldingen, of wonen minstens {$min_residents} mensen."
en = "Owner of at least {$min_owned} addresses; at {troubled} of them at least {$min_signals} reports came in {$window_days} days, or at least {$min_residents} people live."

[lowers]
nl = "Verkoop van de panden, of een eigenaar die zelf heeft gemeld en opgetreden."
en = "Sale of the premises, or an owner who reported and acted."

[[falsepositives]]
nl = "Een belegger met veel panden: meer panden, meer meldingen."
en = "An investor with many premises: more premises, more reports."

[[falsepositives]]
nl = "Een eigenaar die zelf slachtoffer is van huurders."
en = "An owner who is a victim of tenants."

[legal]
basis = "Wet goed verhuurderschap, artikelen 2 en 18; Gemeentewet, artikel 174a"

[params.window_days]
type = "days"
default = 1825
min = 90
max = 1825
title = { nl = "Hoe ver terug", en = "How far back" }
source = "Keuze van de gemeente"

[params.min_owned]
type = "int"
default = 3
min = 2
max = 100
title = { nl = "Minste aantal adressen", en = "Fewest addresses" }
source = "Keuze van de gemeente"

[params.min_troubled]
type = "int"
default = 2
min = 2
max = 50
title = { nl = "Minste aantal adressen met meldingen", en = "Fewest addresses with reports" }
source = "Keuze van de gemeente"

[params.min_signals]
type = "int"
default = 3
min = 1
max = 20
title = { nl = "Minste aantal meldingen per adres", en = "Fewest reports an address" }
source = "Keuze van de gemeente"

[params.min_residents]
type = "int"
default = 8
min = 4
max = 50
title = { nl = "Minste aantal bewoners van een vol adres", en = "Fewest residents of a crowded address" }
source = "Keuze van de gemeente"

[register]
category = "Impactvolle algoritmes"
themes = ["Openbare orde en veiligheid"]
begin = "2026-11"
goal = "Eigenaren vinden die problemen in hun panden laten bestaan, zodat zij worden aangesproken."
considerations = "De grens telt panden en meldingen, niet de persoon. Woningcorporaties zijn geen personen en vallen buiten het patroon."
+++*/
MATCH (p:Person)-[:OWNS]->(a:Address)
WITH p, count(DISTINCT a) AS owned
WHERE owned >= $min_owned
MATCH (p)-[o:OWNS]->(a:Address)<-[r:ABOUT|LIVES_AT]-(x:Signal|Person)
WHERE COUNT { MATCH (a)<-[:ABOUT]-(s:Signal) WHERE days_between(s.date, $as_of) <= $window_days } >= $min_signals
   OR COUNT { MATCH (a)<-[:LIVES_AT]-(:Person) } >= $min_residents
WITH p, count(DISTINCT a) AS troubled, collect(DISTINCT a) + collect(DISTINCT o)
     + collect(DISTINCT x) + collect(DISTINCT r) AS evidence
WHERE troubled >= $min_troubled
RETURN p AS subject, troubled AS score, troubled, evidence
ORDER BY score DESC, id(p)
