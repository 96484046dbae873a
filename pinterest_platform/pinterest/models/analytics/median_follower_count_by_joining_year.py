"""median_follower_count_by_joining_year.sql in PySpark: the same table, computed by Spark instead of the SQL."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def compute(cleaned_post: DataFrame) -> DataFrame:
    return (
        cleaned_post.withColumn("post_year", F.year("date_joined"))
        .where(F.col("follower_count").isNotNull() & F.col("post_year").between(2015, 2020))
        .groupBy("post_year")
        .agg(F.median("follower_count").alias("median_follower_count"))
        .orderBy("post_year")
    )
