"""What the report says of Pinterest's results: questions, findings in words, pictures, and how posts are counted."""

from __future__ import annotations

from pinterest_platform.pinterest.report.counts import count_posts
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
    count=count_posts,
    overall=Overall(
        part=POSTS,
        identity="posts-by-country",
        question="Where do posts come from?",
        description="Posts in each country, whatever else is known of them.",
        columns=("country", "posts"),
        find=countries,
        draw=lambda posts: amounts("Posts from each country", posts, "post"),
    ),
    package=__name__,
)
