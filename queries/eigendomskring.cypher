/*+++
id = "eigendomskring"
version = 1
status = "in-use"
subject = "Company"
time = "as_of"
purposes = ["ondermijning"]
retention_days = 180
realert_after_days = 90

[title]
nl = "Bedrijven die elkaar in een kring bezitten"
en = "Companies that own each other in a ring"

[meaning]
nl = "Dit bedrijf is via andere bedrijven aandeelhouder van zichzelf. Zo is niet te zien wie er echt eigenaar is."
en = "This company is a shareholder of itself by way of other companies. So nobody can see who really owns it."

[explain]
nl = "Na {hops} stappen langs aandeelhouders komt dit bedrijf bij zichzelf uit."
en = "After {hops} steps along shareholders this company arrives at itself."

[lowers]
nl = "Een aandelenoverdracht die de kring verbreekt, of een onjuiste opgave in het register."
en = "A transfer of shares that breaks the ring, or a wrong entry in the register."

[[falsepositives]]
nl = "Kruisparticipaties in een groot concern."
en = "Cross-holdings in a large group."

[legal]
basis = "Wet Bibob, artikel 3; Wet ter voorkoming van witwassen en financieren van terrorisme, artikel 10b"

[params.min_hops]
type = "int"
default = 2
min = 2
max = 6
title = { nl = "Minste stappen", en = "Fewest steps" }
source = "Keuze van de gemeente"

[register]
category = "Impactvolle algoritmes"
themes = ["Economie"]
begin = "2026-11"
goal = "Vennootschappen vinden waarvan de eigenaar wordt verborgen."
considerations = "Alleen vennootschappen en hun aandelen. De kring zelf is een feit uit het register."
+++*/
MATCH path = (c:Company)-[:SHAREHOLDER_OF*2..6]->(c)
WHERE length(path) >= $min_hops
WITH c, min(length(path)) AS hops, collect(path) AS evidence
RETURN c AS subject, hops AS score, hops, evidence
ORDER BY score DESC, id(c)
