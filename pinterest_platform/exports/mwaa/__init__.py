"""The graph as an Airflow DAG, with what a bucket of Amazon MWAA needs beside it. Putting it there is the AWS CLI's
business, Airflow's own configuration MWAA's.
"""
