"""The pipeline as usually built in a notebook on local Spark: read a topic's JSON with an inferred schema, clean it
with DataFrame functions, and answer the eight questions. It writes no table. Only the answers go to a file.

Usage: `notebook_spark.py LANDING ANSWERS.json TOPIC_PREFIX`.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F


def start_spark() -> SparkSession:
    return (
        SparkSession.builder.master("local[*]")
        .appName("pinterest-notebook")
        .config("spark.driver.memory", "4g")
        # The defaults of 200 and 10,000 suit a cluster, not one machine. The second is the number of tasks that list
        # files again to infer a schema. With many small files, that takes longer than reading them.
        .config("spark.sql.shuffle.partitions", os.cpu_count())
        .config("spark.sql.sources.parallelPartitionDiscovery.parallelism", 8)
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.ui.enabled", False)
        .config("spark.ui.showConsoleProgress", False)
        .getOrCreate()
    )


def null_if(column: str, *literals: str) -> Column:
    blank = F.trim(column) == ""
    return F.when(blank | F.col(column).isin(*literals), None).otherwise(F.col(column))


def clean_pin(df: DataFrame) -> DataFrame:
    followers = F.regexp_extract("follower_count", r"^([0-9.]+)[kKmM]?$", 1).try_cast("double")
    unit = F.upper(F.substring("follower_count", -1, 1))
    factor = F.when(unit == "K", 1_000).when(unit == "M", 1_000_000).otherwise(1)
    description = null_if("description", "Untitled")
    return df.dropDuplicates(["index"]).select(
        F.col("index").alias("ind"),
        "unique_id",
        null_if("title", "No Title Data Available").alias("title"),
        F.when(~F.col("description").startswith("No description available"), description).alias("description"),
        F.round(followers * factor).cast("long").alias("follower_count"),
        F.trim(null_if("poster_name", "User Info Error")).alias("poster_name"),
        null_if("tag_list", "N,o, ,T,a,g,s, ,A,v,a,i,l,a,b,l,e").alias("tag_list"),
        "is_image_or_video",
        null_if("image_src", "Image src error.").alias("image_src"),
        F.regexp_replace("save_location", "^Local save in ", "").alias("save_location"),
        "category",
    )


def clean_geo(df: DataFrame) -> DataFrame:
    return df.dropDuplicates(["ind"]).select(
        "ind",
        null_if("country").alias("country"),
        F.array("latitude", "longitude").alias("coordinates"),
        F.to_timestamp("timestamp").alias("timestamp"),
    )


def clean_user(df: DataFrame) -> DataFrame:
    return df.dropDuplicates(["ind"]).select(
        "ind",
        F.concat_ws(" ", F.trim("first_name"), F.trim("last_name")).alias("user_name"),
        "age",
        F.to_timestamp("date_joined").alias("date_joined"),
    )


def top(df: DataFrame, group: str, value: str) -> DataFrame:
    """Rows with the greatest value in their group, including ties."""
    window = Window.partitionBy(group).orderBy(F.desc(value))
    return df.withColumn("rank", F.rank().over(window)).filter("rank = 1").drop("rank")


def answers(pin: DataFrame, geo: DataFrame, user: DataFrame) -> dict[str, DataFrame]:
    """The eight questions of the course."""
    age_group = (
        F.when(F.col("age").between(18, 24), "18-24")
        .when(F.col("age").between(25, 35), "25-35")
        .when(F.col("age").between(36, 50), "36-50")
        .when(F.col("age") > 50, "50+")
    )
    joined = F.year("date_joined").alias("post_year")
    pin_geo = pin.join(geo, "ind")
    aged = user.withColumn("age_group", age_group)
    pin_user = pin.join(aged, "ind")
    known = pin_user.filter("follower_count IS NOT NULL")
    known_aged = known.filter("age_group IS NOT NULL")
    years = F.year("date_joined").between(2015, 2020)
    count = F.count("*").alias("category_count")
    followers = F.median("follower_count").alias("median_follower_count")
    by_country = pin_geo.filter("country IS NOT NULL").groupBy("country", "category").agg(count)
    by_year = pin_geo.groupBy(F.year("timestamp").alias("post_year"), "category").agg(count)
    posters = pin_geo.filter("country IS NOT NULL AND poster_name IS NOT NULL AND follower_count IS NOT NULL")
    by_poster = posters.groupBy("country", "poster_name").agg(F.max("follower_count").alias("follower_count"))
    by_age = pin_user.filter("age_group IS NOT NULL").groupBy("age_group", "category").agg(count)
    authors = user.filter(years).select("user_name", "age", "date_joined").distinct()
    return {
        "most_popular_category_by_country": top(by_country, "country", "category_count"),
        "category_popularity_by_year": by_year.filter("post_year BETWEEN 2018 AND 2022"),
        "top_user_by_country": top(by_poster, "country", "follower_count"),
        "most_popular_category_by_age_group": top(by_age, "age_group", "category_count"),
        "median_follower_count_by_age_group": known_aged.groupBy("age_group").agg(followers),
        "users_joined_by_year": authors.groupBy(joined).agg(F.count("*").alias("number_users_joined")),
        "median_follower_count_by_joining_year": known.filter(years).groupBy(joined).agg(followers),
        "median_follower_count_by_joining_year_and_age_group": known_aged.filter(years)
        .groupBy("age_group", joined)
        .agg(followers),
    }


def main(landing: str, path: str, prefix: str) -> None:
    started = time.perf_counter()
    spark = start_spark()
    session_seconds = time.perf_counter() - started
    pin, geo, user = (
        # Cached. Otherwise each question would parse the files again.
        clean(spark.read.json(f"{landing}/topics/{prefix}.{name}")).cache()
        for name, clean in (("pin", clean_pin), ("geo", clean_geo), ("user", clean_user))
    )
    results = {
        name: {"columns": df.columns, "rows": [list(row) for row in df.orderBy(*df.columns).collect()]}
        for name, df in answers(pin, geo, user).items()
    }
    spark.stop()
    Path(path).write_text(json.dumps(results))
    print(json.dumps({"session_seconds": round(session_seconds, 3)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
