"""The report on Pinterest's results: questions, findings in words, and pictures."""

from __future__ import annotations

from pinterest_platform.pinterest.report.findings import countries
from pinterest_platform.pinterest.report.sections import PARTS, POSTS, SECTIONS
from pinterest_platform.report.figures.maps import amounts
from pinterest_platform.report.sections import Overall, Report

REPORT = Report(
    title="What the posts say",
    entity="post",
    leading="cleaned/pin",
    newest="SELECT MAX(geo.timestamp) FROM cleaned.geo AS geo",
    parts=PARTS,
    sections=SECTIONS,
    overall=Overall(
        part=POSTS,
        identity="posts-by-country",
        sql="SELECT country, COUNT(*) AS post_count FROM cleaned.post "
        "WHERE country IS NOT NULL GROUP BY country ORDER BY post_count DESC, country",
        question="Where do posts come from?",
        description="Posts in each country, even if nothing else is known about them.",
        columns=("country", "posts"),
        find=countries,
        draw=lambda posts: amounts("Posts from each country", posts, "post"),
    ),
    package=__name__,
)
